// A message that is not what protobuf says: answered with INVALID_ARGUMENT, and never half-read.
export class WireError extends Error {
  override readonly name = 'WireError';
}
