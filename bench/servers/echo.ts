// The limit: grpc-js, which answers the same bytes each time and does nothing.
import { readFileSync } from 'node:fs';
import { serveBytes } from './bytes.ts';

const [, , address = '', file = ''] = process.argv;
const answer = readFileSync(file);
serveBytes(address, () => answer);
