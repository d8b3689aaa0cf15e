import { join } from 'node:path'
import type { Command } from 'commander'
import { type Api, createApi } from './api'
import { CliError, type Console } from './console'

/** The options that every command takes. */
export interface ConnectionOptions {
  url?: string
  adminKey?: string
  json?: boolean
}

/** Where the gateway is, without a trailing slash. */
export function gatewayUrl(command: Command, { environment }: Console): string {
  const url =
    command.optsWithGlobals<ConnectionOptions>().url || environment.CALLMISSED_URL || 'http://127.0.0.1:4000'
  if (!/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(url))
    throw new CliError('--url must be an http(s) URL without credentials')
  return url.replace(/\/+$/, '')
}

/** The management key: the option, CALLMISSED_ADMIN_KEY, or the one that the first start left in DATA_DIR. */
export function adminKey(command: Command, console: Console): string {
  const { adminKey } = command.optsWithGlobals<ConnectionOptions>()
  const key = adminKey || console.environment.CALLMISSED_ADMIN_KEY || readKeyFile(console, 'admin-key')
  if (key) return key
  throw new CliError(
    `No admin key: give --admin-key, set CALLMISSED_ADMIN_KEY, or run where ${keyPath(console, 'admin-key')} is`,
  )
}

/** A caller's key: the option, CALLMISSED_KEY, or the first key in DATA_DIR; undefined where there is none. */
export function callerKey(option: string | undefined, console: Console): string | undefined {
  return option || console.environment.CALLMISSED_KEY || readKeyFile(console, 'first-key')
}

function readKeyFile(console: Console, name: string): string | undefined {
  return console.readFile(keyPath(console, name))?.trim() || undefined
}

function keyPath({ environment }: Console, name: string): string {
  return join(environment.DATA_DIR || 'data', name)
}

/** Whether the answer is wanted as JSON. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<ConnectionOptions>().json === true
}

/** The management API with the admin key. */
export function managementApi(command: Command, console: Console): Api {
  return createApi(gatewayUrl(command, console), adminKey(command, console))
}
