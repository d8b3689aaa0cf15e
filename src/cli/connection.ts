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
  const option = given('--url', command.optsWithGlobals<ConnectionOptions>().url)
  const url = option ?? (environment.CALLMISSED_URL || 'http://127.0.0.1:4000')
  if (!/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(url) || !URL.canParse(url))
    throw new CliError('--url must be an http(s) URL without credentials')
  return url.replace(/\/+$/, '')
}

/** The management key: the option, CALLMISSED_ADMIN_KEY, or the one that the first start left in DATA_DIR. */
export function adminKey(command: Command, console: Console): string {
  const key =
    adminOption(command) || console.environment.CALLMISSED_ADMIN_KEY || keptKey('admin-key', command, console)
  if (key) return key
  throw new CliError(
    `No admin key: give --admin-key, set CALLMISSED_ADMIN_KEY, or run where ${join(dataFolder(console), 'admin-key')} is, on the machine of the gateway`,
  )
}

/** A caller's key: the option, CALLMISSED_KEY, or the first key in DATA_DIR. */
export function callerKey(option: string | undefined, command: Command, console: Console): string {
  const key =
    given('--key', option) || console.environment.CALLMISSED_KEY || keptKey('first-key', command, console)
  if (key) return key
  throw new CliError('No key: give --key or set CALLMISSED_KEY; cm keys create makes one')
}

/** A key of either kind: an option before any variable, and a variable before any file. */
export function eitherKey(option: string | undefined, command: Command, console: Console): string {
  const { CALLMISSED_KEY, CALLMISSED_ADMIN_KEY } = console.environment
  return (
    given('--key', option) ||
    adminOption(command) ||
    CALLMISSED_KEY ||
    CALLMISSED_ADMIN_KEY ||
    keptKey('first-key', command, console) ||
    adminKey(command, console)
  )
}

function adminOption(command: Command): string | undefined {
  return given('--admin-key', command.optsWithGlobals<ConnectionOptions>().adminKey)
}

/** An empty option is a variable of the shell that is not set: nothing else is taken in its place. */
function given(name: string, option: string | undefined): string | undefined {
  if (option?.trim() === '') throw new CliError(`${name} is empty`)
  return option
}

/** What a start left in DATA_DIR is of the gateway on this machine, and sent to no other. */
function keptKey(name: string, command: Command, console: Console): string | undefined {
  if (!isOwn(gatewayUrl(command, console), console)) return undefined
  return console.readFile(join(dataFolder(console), name))?.trim() || undefined
}

function isOwn(url: string, console: Console): boolean {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)) return true
  return console.ownHosts().some(own => own.toLowerCase() === host)
}
function dataFolder({ environment }: Console): string {
  return environment.DATA_DIR || 'data'
}

/** Whether the answer is wanted as JSON. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<ConnectionOptions>().json === true
}

/** The management API with the admin key. */
export function managementApi(command: Command, console: Console): Api {
  return createApi(gatewayUrl(command, console), adminKey(command, console))
}
