// Which tests take many minutes, so that only a taste of them is in `npm test`?
import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["test/soak/**/*.test.ts"], fileParallelism: false } });
