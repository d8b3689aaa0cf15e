import type { Permission } from '../admission'
import { GatewayError } from '../errors'
import { assertActive, type Caller } from './caller'
import { allowsModel } from './rights'
import type { Scope } from './scope'

/**
 * The one way to a permission: the key is in its time and has the scope that the route needs. Throws `key_revoked`,
 * `key_expired`, `key_not_yet_valid` or `scope_not_allowed`.
 */
export function permit(caller: Caller, scope: Scope, date: number): Permission {
  assertActive(caller, date)
  assertScope(caller, scope)
  return { scope } as Permission
}

/** Throws `scope_not_allowed`, which names the scope that is missing. */
function assertScope(caller: Caller, scope: Scope): void {
  if (!caller.scopes.includes(scope))
    throw new GatewayError(
      'scope_not_allowed',
      `This API key may not do that: it does not have the scope \`${scope}\`.`,
    )
}

/** Throws `model_not_allowed`. The id is the catalog's, so that neither an alias nor a vendor's name leads around it. */
export function assertModel(caller: Caller, modelId: string): void {
  if (!allowsModel(caller.models, modelId))
    throw new GatewayError('model_not_allowed', `This API key may not use the model \`${modelId}\`.`, {
      param: 'model',
    })
}
