/** A form's field that is no file. */
export interface FormField {
  name: string
  value: string
}

/** A form's file without its bytes. */
export interface FormFile {
  name: string
  filename: string
  type: string
}

/** A field as it is written between boundaries. */
export function fieldText(boundary: string, { name, value }: FormField): string {
  return `--${boundary}\r\ncontent-disposition: form-data; name="${escaped(name)}"\r\n\r\n${value}\r\n`
}

/** What stands before a file's bytes. */
export function fileHead(boundary: string, { name, filename, type }: FormFile): string {
  const disposition = `form-data; name="${escaped(name)}"; filename="${escaped(filename)}"`
  return `--${boundary}\r\ncontent-disposition: ${disposition}\r\ncontent-type: ${typeText(type)}\r\n\r\n`
}

/** What stands behind the last part. */
export function formEnd(boundary: string): string {
  return `--${boundary}--\r\n`
}

/** As browsers write names: what would end the name or the line is percent-encoded; other control characters go. */
function escaped(name: string): string {
  const encoded = name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  return encoded.replace(/\p{Cc}/gu, '')
}

function typeText(type: string): string {
  return /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}$/.test(type) ? type : 'application/octet-stream'
}
