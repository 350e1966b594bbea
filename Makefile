# Short names for those who type make; each is one npm script or command, and none of them needs a container.
.PHONY: dev smoke browser-e2e dev-observability smoke-observability sdk-pack-smoke gates wipe
dev: ; npm run lab
smoke: ; npm run smoke
browser-e2e: ; npm run browser-e2e
# With Prometheus, and with an OpenTelemetry collector where there is one.
dev-observability: ; node scripts/observability.mjs
smoke-observability: ; node scripts/observability.mjs --smoke
sdk-pack-smoke: ; npm run sdk-pack-smoke
gates: ; npm run gates
# Removes all sessions of the session service's own data directory.
wipe: ; node packages/serve/dist/serve.js --wipe
