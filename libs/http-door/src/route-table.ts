/** Which methods a path has, to tell "no such path" (404) from "not this method" (405). */
export interface RouteTable {
  add(method: string | readonly string[], pattern: string): void;
  methodsOf(path: string): string[];
}

interface KnownRoute {
  readonly method: string;
  readonly segments: readonly string[];
}

export function createRouteTable(): RouteTable {
  const routes: KnownRoute[] = [];
  return {
    add: (method, pattern) => {
      for (const one of [method].flat()) {
        // A catch-all is the answer to paths nobody knows, not a path of its own.
        if (pattern !== '*' && pattern !== '/*') {
          routes.push({ method: one, segments: pattern.split('/') });
        }
      }
    },
    methodsOf: (path) => {
      const segments = path.split('/');
      const fitting = routes.filter((route) => fits(route.segments, segments));
      return [...new Set(fitting.map(({ method }) => method))].sort();
    },
  };
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  const open = pattern.at(-1) === '*';
  if (open ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((part, i) => part === '*' || part.startsWith(':') || part === segments[i]);
}
