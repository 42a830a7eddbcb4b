const severity = { type: 'integer', minimum: 1, maximum: 5 }
const name = { type: 'string', minLength: 1, maxLength: 256 }
const tagQuery = { type: 'string', minLength: 1, maxLength: 16_384 }
const moment = { type: 'integer', minimum: 0, maximum: 8.64e15 }
const duration = { type: 'string', pattern: '^[0-9]{1,12}(ms|s|m|h|d)$' }
const severities = { type: 'array', items: severity, minItems: 1, maxItems: 5 }

/**
 * JSON Schema (draft 2020-12) of a {@link Policy}, for editors and forms. `parsePolicy` checks more: that tag queries can
 * be read, that each route names a group, that windows end after they begin.
 */
export const policySchema: Readonly<Record<string, unknown>> = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Policy of @tocsin/notify',
  type: 'object',
  additionalProperties: false,
  required: ['groups', 'routes'],
  properties: {
    groups: {
      type: 'object',
      maxProperties: 1000,
      propertyNames: name,
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['notifiers'],
        properties: { notifiers: { type: 'array', items: name, minItems: 1, maxItems: 100 } },
      },
    },
    routes: {
      type: 'array',
      maxItems: 1000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['group'],
        properties: {
          select: tagQuery,
          ruleSets: {
            type: 'array',
            items: { type: 'string', minLength: 1, maxLength: 1024 },
            minItems: 1,
            maxItems: 1000,
          },
          severities,
          group: name,
          wait: {
            anyOf: [
              duration,
              { type: 'object', propertyNames: { pattern: '^[1-5]$' }, additionalProperties: duration },
            ],
          },
        },
      },
    },
    maintenance: {
      type: 'array',
      maxItems: 1000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'select', 'from', 'to'],
        properties: {
          id: name,
          select: tagQuery,
          severities,
          from: moment,
          to: moment,
          notes: { type: 'string', maxLength: 4096 },
        },
      },
    },
  },
}
