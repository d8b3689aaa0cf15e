import { GatewayError } from '../errors'
import type { ChatBody, Message, Part } from '../wire/chat-body'
import { type FetchImageDeps, fetchImage } from './fetch-image'

/** Of one request. */
const MOST_IMAGES = 16
const MOST_BYTES = 40 * 1024 * 1024

/**
 * The same chat with the images that stand at an address as data, for vendors that read none: those that `reads` says the
 * vendor reads itself stay. At most 16, of 40 MB together. Throws GatewayError naming the image that cannot be had.
 */
export async function inlineImages(
  chat: ChatBody,
  reads: (url: string) => boolean,
  signal: AbortSignal,
  deps?: FetchImageDeps,
): Promise<ChatBody> {
  const isForeign = (part: Part) => part.type === 'image' && !/^data:/i.test(part.url) && !reads(part.url)
  const count = chat.messages.reduce((sum, { content }) => sum + content.filter(isForeign).length, 0)
  if (count === 0) return chat
  if (count > MOST_IMAGES)
    throw new GatewayError(
      'invalid_value',
      `Invalid 'messages': more than ${MOST_IMAGES} images at addresses.`,
      {
        param: 'messages',
      },
    )
  let bytes = 0
  const messages: Message[] = []
  for (const [at, message] of chat.messages.entries()) {
    const content: Part[] = []
    for (const [index, part] of message.content.entries()) {
      if (part.type !== 'image' || !isForeign(part)) {
        content.push(part)
        continue
      }
      const param = `messages[${at}].content[${index}].image_url.url`
      const image = await fetchImage(part.url, param, signal, deps)
      bytes += image.bytes.length
      if (bytes > MOST_BYTES)
        throw new GatewayError('invalid_value', `Invalid '${param}': the images are too large together.`, {
          param,
        })
      const data = Buffer.from(image.bytes.buffer, image.bytes.byteOffset, image.bytes.length).toString(
        'base64',
      )
      content.push({ ...part, url: `data:${image.mediaType};base64,${data}` })
    }
    messages.push({ ...message, content })
  }
  return { ...chat, messages }
}
