import { expect, test } from 'bun:test'
import { canAsk } from '../../src/vendors/adapter'

const OTHERS = ['embeddings', 'audio.transcriptions', 'audio.speech', 'images.generations', 'moderations']

test('a vendor that conforms can be asked at every endpoint', () => {
  for (const endpoint of ['chat.completions', 'messages', 'completions', ...OTHERS])
    expect({ endpoint, can: canAsk({ name: 'openai', dialect: 'openai' }, [endpoint]) }).toEqual({
      endpoint,
      can: true,
    })
})

test('one whose dialect is translated can be asked for chats alone', () => {
  for (const vendor of [
    { name: 'anthropic', dialect: 'anthropic' as const },
    { name: 'xai', dialect: 'openai-compatible' as const },
  ]) {
    expect(canAsk(vendor, ['chat.completions'])).toBe(true)
    expect(canAsk(vendor, OTHERS)).toBe(false)
    expect(canAsk(vendor, ['audio.speech', 'chat.completions'])).toBe(true)
  }
})

test('one of the family that has other endpoints at OpenAI’s paths can be asked there', () => {
  for (const name of ['groq', 'mistral', 'together', 'ollama', 'a server of one’s own'])
    expect(canAsk({ name, dialect: 'openai-compatible' }, ['audio.transcriptions'])).toBe(true)
})

test('Azure has all of OpenAI’s endpoints at its own address', () => {
  for (const endpoint of ['chat.completions', ...OTHERS])
    expect(canAsk({ name: 'azure', dialect: 'azure' }, [endpoint])).toBe(true)
})
