/** What a person can do about a database that cannot be reached, by the code of what went wrong; undefined where nothing more is known. */
export function databaseAdvice(code: string): string | undefined {
  return ADVICE[code] ?? (code.startsWith('28') ? ADVICE['28P01'] : undefined)
}

const ADVICE: Record<string, string> = {
  ECONNREFUSED: 'nothing listens at that host and port: is the server up, and DATABASE_URL right?',
  ENOTFOUND: 'there is no host of that name: look at DATABASE_URL',
  CONNECT_TIMEOUT: 'the host does not answer: look at DATABASE_URL, and at firewalls on the way',
  '08P01': 'a pooler that stands before the server refuses our settings: add ?prepare=false to DATABASE_URL',
  '28P01': 'the server refuses the user or password of DATABASE_URL',
  '3D000': 'the server has no database of the name in DATABASE_URL: create it',
}
