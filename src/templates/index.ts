export { addCompiledTemplates, type CompiledRecord, type CompiledTemplates } from './compiled-templates.js';
export { TEMPLATE_PATH, TEMPLATES, TemplateCache, setTemplateDebug } from './template-cache.js';
export { TemplateError, type TemplateErrorCode } from './template-error.js';
export { escapeHtml } from './escape.js';
export { SimpleTemplate, type TemplateOptions, type TemplateSettings } from './simple-template.js';
export {
  simpleTemplateEngine,
  template,
  templateAsync,
  type TemplateReference,
  type ViewEngine,
} from './template.js';
