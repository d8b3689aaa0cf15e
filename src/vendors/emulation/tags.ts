/** What marks calls and their results in a text. They are another one with each request: no text of anybody's can hold them. */
export interface Tags {
  open: string
  close: string
  /** `name` and `id` are the call's; what would end the attribute is left out. */
  openResult(name: string, id: string): string
  closeResult: string
}

/** `nonce`: letters and digits that nobody can guess. */
export function tagsOf(nonce: string): Tags {
  return {
    open: `<tool_call:${nonce}>`,
    close: `</tool_call:${nonce}>`,
    openResult: (name, id) => `<tool_result:${nonce} name="${bare(name)}" id="${bare(id)}">`,
    closeResult: `</tool_result:${nonce}>`,
  }
}

function bare(text: string): string {
  return text.replaceAll(/["<>\n]/g, '')
}
