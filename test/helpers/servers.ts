// Which real servers can a test start?

export { type JsonPoint, RealCollector } from "./real-collector.js";
export { type Generation, RealPyroscope } from "./real-pyroscope.js";
export { freePort, missingServers, serversHome } from "./real-server.js";
