import { Refusal } from './refusal'

interface DemoModel {
  /** The point version, as answers name it. */
  id: string
  /** The undated name, which leads to it. */
  alias: string
  /** Thinks before every answer. */
  reasons: boolean
}

export const DEMO_MODELS: readonly DemoModel[] = [
  { id: 'demo-2026-11', alias: 'demo', reasons: false },
  { id: 'demo-reasoning-2026-11', alias: 'demo-reasoning', reasons: true },
]

const CREATED_SECONDS = 1_793_491_200

/** The model of that name, or OpenAI's 404. */
export function findModel(name: string): DemoModel {
  const model = DEMO_MODELS.find(({ id, alias }) => id === name || alias === name)
  if (model) return model
  const message =
    'The demo vendor does not have the model that was asked for; it has demo-2026-11 and demo-reasoning-2026-11.'
  throw new Refusal(message, { status: 404, code: 'model_not_found' })
}

/** OpenAI's entry of a model. */
export function describeModel(model: DemoModel) {
  return { id: model.id, object: 'model', created: CREATED_SECONDS, owned_by: 'demo' }
}
