// What does a page without a bundler get from the script tag, as GstPyroscopePlayer?
// SPDX-License-Identifier: MIT
export { attachHlsJs } from "./hls.js";
export { createTracker } from "./index.js";
