import { IsString, Matches, MaxLength } from 'class-validator';

export interface Post {
  id: number;
  title: string;
  body: string;
  /** UTC, as in `2030-01-31 12:00:00`. */
  created: string;
  /** How many there are. */
  comments: number;
}

export interface Comment {
  id: number;
  post: number;
  author: string;
  text: string;
  created: string;
}

/** What somebody writes. The messages stand beside the fields of the form. */
export class PostDraft {
  @IsString()
  @MaxLength(80, { message: 'At most 80 characters, please.' })
  @Matches(/\S/, { message: 'A post needs a title.' })
  title!: string;

  @IsString()
  @MaxLength(10_000, { message: 'At most 10,000 characters, please.' })
  @Matches(/\S/, { message: 'Write something.' })
  body!: string;
}

export class CommentDraft {
  @IsString()
  @MaxLength(40, { message: 'At most 40 characters, please.' })
  @Matches(/\S/, { message: 'Who are you?' })
  author!: string;

  @IsString()
  @MaxLength(1000, { message: 'At most 1,000 characters, please.' })
  @Matches(/\S/, { message: 'Write something.' })
  text!: string;
}
