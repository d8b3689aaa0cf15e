/** Folder, or whose package a fixture is of → the vendor that we know it by; others are called as we call them. */
const VENDOR: Record<string, string> = {
  kimi: 'moonshot',
  moonshotai: 'moonshot',
  'openai-compatible': 'xai',
  'vercel-chunks': 'alibaba',
}

/** Who said a recording of OpenAI or of one of its family. */
export function familyVendor(path: string): string {
  if (path.includes('azure-model-router')) return 'azure'
  if (path.includes('chat-stream-tools-small')) return 'openrouter'
  const [folder, name] = path.split('/').slice(-2) as [string, string]
  const owner = folder === 'fixtures' ? name.split('--', 1)[0]! : folder
  return VENDOR[owner] ?? owner
}
