import { DuckDBInstance } from '@duckdb/node-api';
import type { Question } from './questions.ts';
import type { Searcher } from './searcher.ts';

export interface DuckDbPlan {
  readonly name: string;
  readonly reads: Searcher['reads'];
  readonly files: readonly string[];
}

/** DuckDB in this process, all cores, told the columns so that it need not guess them. */
export async function openDuckDb({ name, reads, files }: DuckDbPlan): Promise<Searcher> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  return {
    name,
    reads,
    ask: async (question) => {
      const reader = await connection.runAndReadAll(statementFor(question, files));
      return question.pageOnly ? reader.currentRowCount : Number(reader.getRows()[0]?.[0]);
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function statementFor({ sql, limit, pageOnly }: Question, files: readonly string[]): string {
  const list = files.map((file) => `'${file}'`).join(', ');
  const columns = sql.columns.map((column) => `${column}: 'VARCHAR'`).join(', ');
  const table = `read_json([${list}], format = 'newline_delimited', columns = {${columns}})`;
  if (!pageOnly) return `select count(*) from ${table} where ${sql.where}`;
  return `select * from ${table} where ${sql.where} order by timestamp desc limit ${limit}`;
}

export async function duckDbVersion(): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll('select version()');
  const version = String(reader.getRows()[0]?.[0]);
  connection.closeSync();
  instance.closeSync();
  return version;
}
