import { Type } from '@sinclair/typebox'
import { Elysia } from 'elysia'
import { configJsonSchema } from '../config/schema'
import { describeRoute } from '../openapi/route-docs'

/** `GET /schema/config.json`: the JSON Schema of `callmissed.yaml`, by which editors complete it. */
export function configSchema() {
  const body = JSON.stringify(configJsonSchema())
  return new Elysia().get(
    '/schema/config.json',
    () =>
      new Response(body, {
        headers: { 'content-type': 'application/schema+json', 'cache-control': 'max-age=3600' },
      }),
    { detail: DOCS },
  )
}

const DOCS = describeRoute({
  tag: 'Operations',
  summary: 'The schema of callmissed.yaml',
  description:
    'Name it in the first line of the file: `# yaml-language-server: $schema=…/schema/config.json`.',
  access: 'none',
  answer: {
    description: 'A JSON Schema (draft 7).',
    content: {
      'application/schema+json': {
        schema: Type.Object({}, { additionalProperties: true }),
        example: { $schema: 'http://json-schema.org/draft-07/schema#', title: 'callmissed.yaml' },
      },
    },
  },
})
