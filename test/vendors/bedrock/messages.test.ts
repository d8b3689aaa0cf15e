import { describe, expect, test } from 'bun:test'
import { ask, tool } from './ask'

describe('messages', () => {
  test('leading instructions apart, turns that alternate, results together and first', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'look', arguments: '{"at":1}' } })
    const { body } = ask({
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'what?' },
        { role: 'assistant', content: 'I look.', tool_calls: [call('c1'), call('c 2')] },
        { role: 'tool', tool_call_id: 'c1', content: 'a cat' },
        { role: 'tool', tool_call_id: 'c 2', content: '' },
        { role: 'system', content: 'now' },
        { role: 'user', content: ' ' },
      ],
      tools: [tool('look')],
    })
    const id = body.messages[1].content[2].toolUse.toolUseId
    expect(id).toMatch(/^tooluse_[0-9a-f]{22}$/)
    expect(body.system).toEqual([{ text: 'be kind' }])
    expect(body.messages).toEqual([
      { role: 'user', content: [{ text: 'what?' }] },
      {
        role: 'assistant',
        content: [
          { text: 'I look.' },
          { toolUse: { toolUseId: 'c1', name: 'look', input: { at: 1 } } },
          { toolUse: { toolUseId: id, name: 'look', input: { at: 1 } } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'c1', content: [{ text: 'a cat' }], status: 'success' } },
          { toolResult: { toolUseId: id, content: [{ text: '(empty)' }], status: 'success' } },
          { text: 'now' },
        ],
      },
    ])
  })

  test('an assistant who begins is announced; thoughts of ours come back before their words', () => {
    const details = [
      { type: 'reasoning.text', format: 'bedrock-converse-v1', text: 'hm', signature: 's' },
      { type: 'reasoning.encrypted', format: 'bedrock-converse-v1', data: 'QQ==' },
      { type: 'reasoning.text', format: 'anthropic-claude-v1', text: 'not ours', signature: 's' },
    ]
    const { body } = ask({
      messages: [
        { role: 'assistant', content: 'Hi', reasoning_details: details },
        { role: 'user', content: 'x' },
      ],
    })
    expect(body.messages[0].role).toBe('user')
    expect(body.messages[1].content).toEqual([
      { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
      { reasoningContent: { redactedContent: 'QQ==' } },
      { text: 'Hi' },
    ])
  })

  test('images and documents as data, names of documents made plain and different, cache marks behind their part', () => {
    const file = {
      type: 'file',
      file: { file_data: 'data:application/pdf;base64,AA', filename: 'résumé_1.pdf' },
    }
    const { body } = ask({
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'image_url',
              image_url: { url: 'data:image/jpg;base64,BB' },
              cache_control: { ttl: '1h' },
            },
            { type: 'image_url', image_url: { url: 's3://bucket/cat.webp' } },
            file,
            file,
            { type: 'file', file: { file_data: 'JVBERi0x' } },
          ],
        },
      ],
    })
    expect(body.messages[0].content).toEqual([
      { image: { format: 'jpeg', source: { bytes: 'BB' } } },
      { cachePoint: { type: 'default', ttl: '1h' } },
      { image: { format: 'webp', source: { s3Location: { uri: 's3://bucket/cat.webp' } } } },
      { document: { format: 'pdf', name: 'r sum 1', source: { bytes: 'AA' } } },
      { document: { format: 'pdf', name: 'r sum 1 2', source: { bytes: 'AA' } } },
      { document: { format: 'pdf', name: 'document', source: { bytes: 'JVBERi0x' } } },
    ])
  })
})
