import { dataText } from './data-file.ts'
import { parseKeepingDecimals } from './decimal.ts'
import { genaiEntries } from './genai-prices.ts'
import { LICENCES } from './licences.ts'
import { modelsOf } from './models.ts'
import { modelsDevFacts } from './models-dev.ts'
import { offersOf } from './offers.ts'
import { piAiFacts } from './pi-ai.ts'
import { reportText } from './report.ts'

const FILES = {
  modelsDev: 'models.dev.api.2026-09-30.json',
  piAi: 'pi-ai-1.5.2.merged.json',
  genai: 'genai-prices.0.1.8.2026-09-23.json',
}

/** The day of the newest source: prices that begin later are not in force. */
const TODAY = '2026-11-10'

/** Makes the two files of src/catalog/data from a folder of open catalogs; the same folder gives the same bytes. */
export async function generateCatalog(folder: string): Promise<{ data: string; report: string }> {
  const read = async (name: string) => parseKeepingDecimals(await Bun.file(`${folder}/${name}`).text())
  const facts = [...modelsDevFacts(await read(FILES.modelsDev)), ...piAiFacts(await read(FILES.piAi))]
  const genai = genaiEntries(await read(FILES.genai), TODAY)
  const models = modelsOf(offersOf(facts, genai), genai)
  return { data: dataText(models), report: reportText(models, LICENCES) }
}

/** The catalogs that are missing from a folder. */
export async function missingCatalogs(folder: string): Promise<string[]> {
  const names = Object.values(FILES)
  const there = await Promise.all(names.map(name => Bun.file(`${folder}/${name}`).exists()))
  return names.filter((_, index) => !there[index])
}
