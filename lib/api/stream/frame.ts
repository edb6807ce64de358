/** A whole text message as it goes over the wire of a server, made once for everybody it is for. */
export type Frame = Uint8Array & { readonly __frame: true };

const FINAL_TEXT = 0x81;

/** RFC 6455 §5.2: unmasked, in one frame. */
export function textFrame(text: string): Frame {
  const size = Buffer.byteLength(text);
  const head = size < 126 ? 2 : size < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + size);
  frame[0] = FINAL_TEXT;
  if (head === 2) frame[1] = size;
  else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(size, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(Math.floor(size / 2 ** 32), 2);
    frame.writeUInt32BE(size >>> 0, 6);
  }
  frame.write(text, head);
  return frame as Uint8Array as Frame;
}
