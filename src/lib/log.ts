/** Levels from the most to the least talkative. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Facts beside a message. Never a prompt, an answer, a key or a credential. */
export type LogFields = Record<string, string | number | boolean | null | undefined>

export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** Structured log lines: JSON, or plain text for a person's terminal. Control characters arrive escaped in both. */
export function createLog(
  level: LogLevel,
  write: (line: string) => void,
  asJson: boolean,
  date: () => number,
): Log {
  const lowest = LOG_LEVELS.indexOf(level)
  const at =
    (name: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(name) < lowest) return
      const time = new Date(date()).toISOString()
      write(
        asJson
          ? JSON.stringify({ time, level: name, message, ...fields })
          : asText(time, name, message, fields),
      )
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function asText(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const facts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : ` ${name}=${JSON.stringify(value)}`,
  )
  return `${time} ${level} ${JSON.stringify(message).slice(1, -1)}${facts.join('')}`
}

/** For tests, and for what must stay silent. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
