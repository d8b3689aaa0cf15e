import { defineConfig } from 'drizzle-kit'

/** For `bun run migration` alone: the gateway applies the files itself (src/db/migrate.ts). */
export default defineConfig({
  dialect: 'postgresql',
  schema: ['./src/db/schema.ts', './src/db/audit-batch-schema.ts', './src/db/budget-schema.ts'],
  out: './drizzle',
})
