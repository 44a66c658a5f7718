import { abort, Body, Controller, Delete, Error, Get, HTTPError, Patch, Post, Query, Status } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { addTodo, changeTodo, findTodo, findTodos, removeTodo } from './store.js';
import { NewTodo, TodoChanges, TodoFilter } from './todo.js';

/** The JSON API. */
@Controller('/todos')
export class Todos {
  @Get()
  list(@Query(TodoFilter) filter: TodoFilter, db: Database) {
    return findTodos(db, filter);
  }

  @Get('/<id:int>')
  show(id: number, db: Database) {
    return findTodo(db, id) ?? abort(404, `There is no to-do ${id}.`);
  }

  @Post()
  @Status(201)
  create(@Body(NewTodo) todo: NewTodo, db: Database) {
    return addTodo(db, todo);
  }

  @Patch('/<id:int>')
  change(id: number, @Body(TodoChanges) changes: TodoChanges, db: Database) {
    return changeTodo(db, id, changes) ?? abort(404, `There is no to-do ${id}.`);
  }

  @Delete('/<id:int>')
  @Status(204)
  remove(id: number, db: Database) {
    if (!removeTodo(db, id)) abort(404, `There is no to-do ${id}.`);
  }

  /** In JSON, whatever the client accepts; so is a failed validation (422), unasked. */
  @Error([400, 404, 405, 409, 500])
  failed(error: HTTPError) {
    return error.toProblem();
  }
}
