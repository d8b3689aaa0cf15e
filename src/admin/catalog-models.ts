import type { Catalog } from '../catalog/catalog'
import { filterEntries } from '../catalog/filter'
import { type CatalogEntry, catalogEntry } from '../catalog/listing'
import { GatewayError } from '../errors'
import { percentDecode } from '../lib/percent-decode'
import { answer, pageOf } from './answer'
import { forAnyKey } from './authorise'
import { CATALOG_DOCS, CatalogQuery } from './catalog-docs'
import type { AdminDeps } from './deps'
import { readLimit, readQuery } from './query'

/** `GET /api/v1/models` and `GET /api/v1/models/{id}`: everything that we know, callable or not. Ids may hold slashes. */
export function catalogModels(deps: AdminDeps) {
  const entriesOf = createEntries(deps)
  return forAnyKey(deps)
    .get('/api/v1/models', ({ request }) => list(request, entriesOf(deps.catalog())), {
      detail: CATALOG_DOCS.list,
    })
    .get(
      '/api/v1/models/*',
      ({ params }) => {
        const catalog = deps.catalog()
        return answer(find(params['*'], catalog, entriesOf(catalog)))
      },
      { detail: CATALOG_DOCS.find },
    )
}

/** A catalog never changes, so its entries are made once. */
function createEntries({ callable }: AdminDeps): (catalog: Catalog) => CatalogEntry[] {
  let made: { of: Catalog; entries: CatalogEntry[] } | undefined
  return catalog => {
    if (made?.of !== catalog) {
      const entries = [...catalog.models.values()].map(model => catalogEntry(model, catalog, callable))
      made = { of: catalog, entries: entries.sort((a, b) => compare(a.id, b.id)) }
    }
    return made.entries
  }
}

function list(request: Request, entries: readonly CatalogEntry[]): Response {
  const { limit, cursor, ...filters } = readQuery(request, CatalogQuery)
  const found = filterEntries(entries, filters)
  const most = readLimit(limit) ?? found.length
  const rest = cursor === undefined ? found : found.filter(({ id }) => id > cursor)
  const page = rest.slice(0, most)
  return answer(pageOf(page, rest.length > most ? (page.at(-1)?.id ?? null) : null, entry => entry))
}

/** By id, else by alias. */
function find(path: string, catalog: Catalog, entries: readonly CatalogEntry[]): CatalogEntry {
  // The router leaves a wildcard as it was written; a bad escape names nothing.
  const name = percentDecode(path)
  const id = name !== undefined && !catalog.models.has(name) ? catalog.aliases.get(name) : name
  const entry = entries.find(candidate => candidate.id === id)
  if (!entry) throw new GatewayError('model_not_found', 'There is no such model in the catalog.')
  return entry
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
