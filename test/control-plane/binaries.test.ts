/** The table of programs agrees with the modules that they are built from. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toolDir } from './go.ts';
import { type Program, programs } from './programs.ts';

// A version raised in go.mod alone would leave a program that claims to be an older one.
test.each(Object.entries<Program>(programs))(
  '%s is stamped with its pinned version',
  (_, program) => {
    const pinned = readFileSync(join(toolDir(program.tool), 'go.mod'), 'utf8').split(/\s+/);
    const stamped = program.variables.flatMap((variable) => /=(v.+)$/.exec(variable)?.[1] ?? []);
    expect(pinned).toEqual(expect.arrayContaining(stamped));
  },
);
