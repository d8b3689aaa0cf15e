import { vendorTable } from './vendors/table.ts'

/** `bun run vendors`: writes the table of docs/vendors.md anew from what the adapters do. */
const FILE = 'docs/vendors.md'
const START = '<!-- table: written by `bun run vendors` -->\n'
const END = '<!-- end of table -->'

/** The document with its table as the code has it now. */
export function withTable(document: string): string {
  const start = document.indexOf(START) + START.length
  return `${document.slice(0, start)}\n${vendorTable()}\n${document.slice(document.indexOf(END))}`
}

if (import.meta.main) {
  await Bun.write(FILE, withTable(await Bun.file(FILE).text()))
  // The formatter draws tables as wide as their cells.
  Bun.spawnSync(['bun', 'run', 'biome', 'format', '--write', FILE])
}
