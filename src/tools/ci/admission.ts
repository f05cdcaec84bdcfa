// For agents whose pods are written by the authors of pipelines: pods that would leave the nodes for CI are refused.
import type { JsonObject } from '../../step.ts';

/** Kubernetes 1.30 and newer have these kinds. */
const API = 'admissionregistration.k8s.io/v1';

export function policyManifest(
  name: string,
  namespace: string,
  nodeSelector: Readonly<Record<string, string>>,
): JsonObject {
  const wanted = Object.entries(nodeSelector);
  const selects = wanted.map(([key, value]) => {
    const quoted = JSON.stringify(key);
    return `${quoted} in object.spec.nodeSelector && object.spec.nodeSelector[${quoted}] == ${JSON.stringify(value)}`;
  });
  const labels = wanted.map(([key, value]) => `${key}: "${value}"`).join(', ');
  return {
    apiVersion: API,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        ...inNamespace(namespace),
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
      },
      validations: [
        {
          expression: ['has(object.spec.nodeSelector)', ...selects].join(' && '),
          message: `CI pods run on the nodes for CI alone; give the pod nodeSelector {${labels}} and the toleration of their taint`,
        },
        {
          expression: '!has(object.spec.nodeName) || object.spec.nodeName == ""',
          message: 'CI pods may not choose a node by its name; leave nodeName out',
        },
      ],
    },
  };
}

export function policyBindingManifest(name: string, namespace: string): JsonObject {
  return {
    apiVersion: API,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ['Deny'],
      matchResources: inNamespace(namespace),
    },
  };
}

function inNamespace(namespace: string): JsonObject {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
}
