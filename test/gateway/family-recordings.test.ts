import { saidInChat } from '../recordings/family'
import { familyVendor } from '../recordings/family-vendor'
import { playThroughGateway } from '../recordings/play'

playThroughGateway('recordings of OpenAI and its family', {
  sets: [
    'chats of OpenAI',
    'payloads of OpenAI',
    'chats of the family',
    'a chat of OpenRouter',
    'payloads of the family',
    'payloads of Alibaba',
  ],
  stageOf: path => ({ vendor: familyVendor(path), saidIn: saidInChat, framing: 'done' }),
  failures: {
    'gq-stream-mid-error.res.sse': { told: 'Tool call validation failed', code: 'upstream_error' },
  },
})
