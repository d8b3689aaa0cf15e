import type { Config } from '../../src/config/config'
import { loadConfig } from '../../src/config/load'

type Environment = Record<string, string | undefined>

export const CWD = '/srv/gateway'

/** Loads a configuration from these variables and this text of `callmissed.yaml`. */
export function load(environment: Environment, yaml?: string) {
  const files = { read: (path: string) => (path === `${CWD}/callmissed.yaml` ? yaml : undefined) }
  return loadConfig(environment, files, CWD)
}

/** The configuration; fails the test with the problems where there are any. */
export function loadGood(environment: Environment, yaml?: string): Config {
  const loaded = load(environment, yaml)
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  return loaded.config
}

export function problemsOf(environment: Environment, yaml?: string): string[] {
  const loaded = load(environment, yaml)
  return 'problems' in loaded ? loaded.problems : []
}
