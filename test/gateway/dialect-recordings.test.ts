import { saidInMessages } from '../recordings/anthropic'
import { saidInConverse } from '../recordings/bedrock'
import { saidInCohere } from '../recordings/cohere'
import { saidInContents } from '../recordings/gemini'
import { playThroughGateway } from '../recordings/play'
import { saidInResponse } from '../recordings/responses'

playThroughGateway('recordings of Anthropic', {
  sets: ['messages of Anthropic', 'payloads of Anthropic'],
  stageOf: () => ({ vendor: 'anthropic', saidIn: saidInMessages, framing: 'named' }),
  failures: {
    'spliced-message-start.chunks.txt': {
      told: 'a second answer in the midst of one',
      code: 'upstream_error',
    },
  },
})

playThroughGateway('recordings of Gemini', {
  sets: ['streams of Gemini', 'answers of Gemini', 'payloads of Gemini'],
  stageOf: () => ({ vendor: 'gemini', saidIn: saidInContents }),
  failures: { 'google-429-retry-info.json': { status: 429, told: '429', code: 'upstream_rate_limited' } },
})

playThroughGateway('recordings of Bedrock', {
  sets: ['streams of Bedrock', 'answers of Bedrock', 'payloads of Bedrock', 'frames of Bedrock'],
  stageOf: () => ({
    vendor: 'bedrock',
    saidIn: saidInConverse,
    framing: 'aws',
    account: { aws: { region: 'us-east-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } },
  }),
  failures: {
    'text-then-exception.bin': { told: 'Too many tokens', code: 'upstream_error' },
    'text.truncated.bin': { told: 'ended its stream in the middle', code: 'upstream_error' },
  },
  // What InvokeModel streams, which is never asked for.
  elsewhere: ['br-invoke-stream-anthropic.res.eventstream'],
})

playThroughGateway('recordings of Cohere', {
  sets: ['streams of Cohere', 'payloads of Cohere'],
  stageOf: () => ({ vendor: 'cohere', saidIn: saidInCohere, framing: 'named' }),
})

playThroughGateway('recordings of OpenAI’s Responses', {
  sets: ['responses of OpenAI', 'payloads of Responses'],
  stageOf: () => ({ vendor: 'openai', endpoint: 'responses', saidIn: saidInResponse, framing: 'named' }),
  failures: {
    'openai-error.1.chunks.txt': { told: "refused the gateway's account", code: 'upstream_auth_error' },
  },
  // A refusal: `recorded-errors.test.ts`.
  elsewhere: ['openai-error.1.json'],
})
