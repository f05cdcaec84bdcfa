/** YAML files with one or many documents, read as loosely typed Kubernetes objects. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments, stringify } from 'yaml';

export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: Metadata;
  readonly [field: string]: unknown;
}

/** Empty documents are left out; a syntax error is thrown with its line. */
export function parseDocuments(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const value: unknown = document.toJS();
    return isObject(value) ? [value] : [];
  });
}

export function readDocuments(path: string): KubernetesObject[] {
  return parseDocuments(readFileSync(path, 'utf8'));
}

/** The only document of a file. */
export function readDocument(path: string): KubernetesObject {
  const [document, ...others] = readDocuments(path);
  if (!document || others.length > 0) throw new Error(`${path}: expected exactly one document`);
  return document;
}

export function printDocuments(documents: readonly KubernetesObject[]): string {
  return documents.map((document) => `---\n${stringify(document)}`).join('');
}

function isObject(value: unknown): value is KubernetesObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
