import { readFileSync } from 'node:fs'

/** The process's environment variables by name: what `loadConfig` is given, and the only place that reads them. */
export type Environment = Record<string, string | undefined>

/** A copy of the environment as it is now. */
export function processEnvironment(): Environment {
  return { ...Bun.env }
}

/** What `loadConfig` may read: a file's text, or undefined where there is no such file. Throws where it cannot be read. */
export interface ConfigFiles {
  read(path: string): string | undefined
}

export const diskFiles: ConfigFiles = {
  read(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return undefined
      throw error
    }
  },
}
