import type { Ceiling } from '../../src/vendors/translation'

/** That of the tests' price. */
export const ceiling: Ceiling = {
  inputPicoUsd: 2_500_000_000_000n,
  outputPicoUsd: 10_000_000_000_000n,
  requestPicoUsd: undefined,
}
