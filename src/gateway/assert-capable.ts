import type { Deployment } from '../routing/plan'
import type { ChatBody, Part } from '../wire/chat-body'
import { unsupported } from '../wire/field'

/**
 * Throws `unsupported_parameter` (400) naming the first thing that the model can neither take nor be brought to. A model of
 * which nobody told what it can is asked for anything.
 */
export function assertCapable({ messages }: ChatBody, capabilities: Deployment['capabilities']): void {
  if (capabilities.size === 0) return
  messages.forEach(({ content }, message) => {
    content.forEach((part, index) => {
      const wanted = NEEDED[part.type]
      if (wanted && !capabilities.has(wanted.capability))
        throw unsupported(`messages[${message}].content[${index}].${wanted.member}`, wanted.because)
    })
  })
}

type Needed = { capability: 'vision' | 'audio_input'; member: string; because: string }

const NEEDED: Partial<Record<Part['type'], Needed>> = {
  image: { capability: 'vision', member: 'image_url', because: 'this model sees no pictures' },
  audio: { capability: 'audio_input', member: 'input_audio', because: 'this model hears nothing' },
}
