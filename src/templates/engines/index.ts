// Separate from templates/index.ts, so that applications without other engines do not load their adapters.
export { type EngineTemplate, TemplateEngine } from './engine-adapter.js';
export { EjsEngine, type EjsOptions, ejsEngine, ejsTemplate, ejsTemplateAsync } from './ejs.js';
export { EtaEngine, type EtaOptions, etaEngine, etaTemplate, etaTemplateAsync } from './eta.js';
export {
  HandlebarsEngine,
  type HandlebarsOptions,
  handlebarsEngine,
  handlebarsTemplate,
  handlebarsTemplateAsync,
} from './handlebars.js';
export {
  NunjucksEngine,
  type NunjucksOptions,
  nunjucksEngine,
  nunjucksTemplate,
  nunjucksTemplateAsync,
} from './nunjucks.js';
