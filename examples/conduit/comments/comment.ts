import type { Profile } from '../profiles/store.js';
import { Filled } from '../validators.js';

export interface Comment {
  id: number;
  /** ISO 8601, UTC. Comments do not change, so both are the same. */
  createdAt: string;
  updatedAt: string;
  body: string;
  author: Profile;
}

export class NewComment {
  @Filled() body!: string;
}
