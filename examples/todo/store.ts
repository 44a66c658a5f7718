import type { Database } from 'bottlenose/sqlite';
import type { NewTodo, Todo, TodoChanges, TodoFilter } from './todo.js';

/** SQLite has no booleans. */
type Row = Omit<Todo, 'done'> & { done: number };

export function findTodos(db: Database, { done, search }: TodoFilter = {}): Todo[] {
  return db
    .prepare<object, Row>(
      `SELECT * FROM todos
       WHERE (@done IS NULL OR done = @done) AND instr(lower(title), lower(@search))
       ORDER BY done, id`,
    )
    .all({ done: toInteger(done), search: search ?? '' })
    .map(toTodo);
}

export function findTodo(db: Database, id: number): Todo | undefined {
  const row = db.prepare<[number], Row>('SELECT * FROM todos WHERE id = ?').get(id);
  return row && toTodo(row);
}

/** A title that is there already violates a constraint, which `SQLitePlugin` answers with 409. */
export function addTodo(db: Database, { title }: NewTodo): Todo {
  return toTodo(db.prepare<[string], Row>('INSERT INTO todos (title) VALUES (?) RETURNING *').get(title.trim()) as Row);
}

export function changeTodo(db: Database, id: number, { title, done }: TodoChanges): Todo | undefined {
  const row = db
    .prepare<object, Row>(
      'UPDATE todos SET title = coalesce(@title, title), done = coalesce(@done, done) WHERE id = @id RETURNING *',
    )
    .get({ id, title: title?.trim() ?? null, done: toInteger(done) });
  return row && toTodo(row);
}

/** Tells whether there was one. */
export function removeTodo(db: Database, id: number): boolean {
  return db.prepare('DELETE FROM todos WHERE id = ?').run(id).changes > 0;
}

function toTodo(row: Row): Todo {
  return { ...row, done: row.done === 1 };
}

function toInteger(flag: boolean | undefined): number | null {
  return flag === undefined ? null : Number(flag);
}
