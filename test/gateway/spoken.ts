import { wav } from '../audio'
import type { Call } from '../vendor/start'

/** A field as text, a list of them, or a file. */
export type Part = string | File

/** A form with its parts in this order. */
export function form(parts: [name: string, part: Part][]): FormData {
  const data = new FormData()
  for (const [name, part] of parts) data.append(name, part as string)
  return data
}

export const RECORDING = new File([wav(4)], 'speech.wav', { type: 'audio/wav' })

/** Whether the model comes before the file: then it passes through, else it is held. */
export type Order = 'model first' | 'file first'
export const ORDERS: readonly Order[] = ['model first', 'file first']

/** A form of the tests with these fields behind the model. */
export function ask(order: Order, fields: Record<string, string> = {}, file: File = RECORDING): FormData {
  const model: [string, Part] = ['model', 'm']
  const recording: [string, Part] = ['file', file]
  const rest = Object.entries(fields)
  return form(order === 'model first' ? [model, ...rest, recording] : [recording, model, ...rest])
}

/** The form that the vendor got: fields by their name, the file as its bytes. */
export async function formOf(call: Call) {
  const type = call.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  const data = await new Response(call.body!, { headers: { 'content-type': type } }).formData()
  const fields: [string, string][] = []
  let file: { name: string; bytes: Buffer } | undefined
  for (const [name, value] of data.entries())
    if (typeof value === 'string') fields.push([name, value])
    else file = { name: value.name, bytes: Buffer.from(await value.arrayBuffer()) }
  return { fields, file: file! }
}
