import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The request bodies of the JSON load, by name. */
export type BodyName = 'small' | 'prose' | 'escapes' | 'image'

const PROSE =
  'The quick reader of long prompts meets plain words, a few numbers like 1,024, and little else. '
const ESCAPES = 'if (a === "b") {\n\treturn \'c:\\d\'; // é "quoted\\" \n}\n'
const IMAGE_BYTES = 5 * 1024 * 1024

const filled = (text: string, bytes: number): string =>
  text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes)

const chat = (model: string, content: unknown): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content }], temperature: 0.2, max_tokens: 256 })

/** The text of a body for a model. `small` is 1 KB; `prose` and `escapes` about 200 KB; `image` 5 MB of base64. */
export function bodyText(name: BodyName, model: string): string {
  if (name === 'small') return chat(model, filled(PROSE, 1024 - chat(model, '').length))
  if (name === 'prose') return chat(model, filled(PROSE, 200 * 1024))
  if (name === 'escapes') return chat(model, filled(ESCAPES, 164 * 1024))
  const url = `data:image/png;base64,${filled('iVBORw0KGgoAAAANSUhEUgAAB9AAAAfQCAYAAACaOMR5', IMAGE_BYTES)}`
  return chat(model, [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url } },
  ])
}

/** Writes a body to a file for a load program to send; gives back the file's path. */
export function bodyFile(folder: string, name: BodyName, model: string): string {
  const file = join(folder, `body-${name}-${model.replaceAll(/\W/g, '-')}.json`)
  writeFileSync(file, bodyText(name, model))
  return file
}
