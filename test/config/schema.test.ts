import { expect, test } from 'bun:test'
import { METERS } from '../../src/catalog/price'
import { configJsonSchema } from '../../src/config/schema'
import { DIALECTS } from '../../src/vendors/vendor'

type Node = {
  [key: string]: unknown
  properties?: Record<string, Node>
  patternProperties?: Record<string, Node>
  items?: Node
}

/** Every object schema with its path. */
function objects(node: Node, path = '#'): [string, Node][] {
  const children = [
    ...Object.entries({ ...node.properties, ...node.patternProperties }),
    ...(node.items ? [['[]', node.items] as const] : []),
  ]
  const own: [string, Node][] = node.type === 'object' ? [[path, node]] : []
  return [...own, ...children.flatMap(([key, child]) => objects(child, `${path}/${key}`))]
}

const schema = configJsonSchema() as Node

test('the schema names itself and its draft', () => {
  expect(schema).toMatchObject({
    $id: '/schema/config.json',
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
  })
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
})

test('no object takes fields that it does not name', () => {
  const open = objects(schema).filter(([, node]) => node.additionalProperties !== false)
  expect(open.map(([path]) => path)).toEqual([])
  expect(objects(schema).length).toBeGreaterThan(8)
})

test('every field is described, but those that speak for themselves', () => {
  const bare = objects(schema).flatMap(([path, node]) =>
    Object.entries(node.properties ?? {})
      .filter(([, field]) => !field.description && field.type !== 'boolean' && field.type !== 'array')
      .map(([name]) => `${path}/${name}`),
  )
  expect(bare).toEqual([])
})

test('an editor is offered dialects and meters', () => {
  const vendor = Object.values(schema.properties!.vendors!.patternProperties!)[0]!
  expect(vendor.properties!.dialect!.enum).toEqual(expect.arrayContaining([...DIALECTS, 'groq']))
  const model = Object.values(schema.properties!.models!.patternProperties!)[0]!
  expect(Object.keys(model.properties!.price!.properties!)).toEqual([...METERS, 'tiers'])
})

test('secrets are marked as such', () => {
  const vendor = Object.values(schema.properties!.vendors!.patternProperties!)[0]!
  const secrets = Object.entries(vendor.properties!).filter(([, field]) => field.writeOnly)
  expect(secrets.map(([name]) => name)).toEqual([
    'api_key',
    'access_key_id',
    'secret_access_key',
    'session_token',
  ])
})
