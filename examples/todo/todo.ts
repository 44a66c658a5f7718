import { IsBoolean, IsOptional, IsString, Length, Matches } from 'class-validator';

export interface Todo {
  id: number;
  title: string;
  done: boolean;
  /** UTC, as in `2030-01-31 12:00:00`. */
  created: string;
}

/** What a client sends to add one. */
export class NewTodo {
  @IsString()
  @Length(1, 80)
  @Matches(/\S/, { message: 'title must not be blank' })
  title!: string;
}

/** What a client sends to change one; what is left out stays. */
export class TodoChanges {
  @IsOptional()
  @IsString()
  @Length(1, 80)
  @Matches(/\S/, { message: 'title must not be blank' })
  title?: string;

  @IsOptional()
  @IsBoolean()
  done?: boolean;
}

/** Which ones a client wants to see: `?done=false&search=milk`. */
export class TodoFilter {
  @IsOptional()
  @IsBoolean()
  done?: boolean;

  @IsOptional()
  @IsString()
  search?: string;
}
