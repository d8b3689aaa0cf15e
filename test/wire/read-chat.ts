import { GatewayError } from '../../src/errors'
import { readChatBody } from '../../src/wire/read-chat-body'

export const HELLO = [{ role: 'user', content: 'Hi' }]
export const readText = (text: string) => readChatBody(Buffer.from(text))
export const read = (members: object) => readText(JSON.stringify({ model: 'm', messages: HELLO, ...members }))

/** What is wrong with a request, as a caller is told: code and field. */
export function faultOf(members: object): [string | null, string | null] {
  try {
    read(members)
  } catch (error) {
    if (error instanceof GatewayError && error.status === 400) return [error.code, error.param]
    throw error
  }
  return [null, null]
}
