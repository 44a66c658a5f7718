import { Controller, Get } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { findTags } from './store.js';

@Controller('/tags')
export class Tags {
  @Get()
  list(db: Database) {
    return { tags: findTags(db) };
  }
}
