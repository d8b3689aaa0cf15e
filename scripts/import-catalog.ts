import { generateCatalog, missingCatalogs } from './catalog/generate.ts'

/** `bun run catalog [folder]`: makes src/catalog/data anew from the open catalogs. Read the diff before you commit it. */
const folder = Bun.argv[2] ?? '../shared/catalogs'
const missing = await missingCatalogs(folder)
if (missing.length > 0) {
  console.error(`The catalogs are not there: ${missing.join(', ')} in ${folder}. Nothing was changed.`)
  process.exit(1)
}
const { data, report } = await generateCatalog(folder)
await Bun.write('src/catalog/data/models.json', data)
await Bun.write('src/catalog/data/SOURCES.md', report)
console.log(`src/catalog/data: ${data.split('\n').length - 3} models, ${data.length} bytes.`)
