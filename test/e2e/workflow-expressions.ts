/** A scalar or a tree that expressions look into. */
export type Value = string | number | boolean | null | undefined | { readonly [key: string]: Value } | readonly Value[]

/**
 * The expressions that our workflows use, as the runner works them out: paths, texts, `==`, `!=`, `&&`, `||`, brackets and `startsWith`. Throws at
 * anything else, so that nothing is silently taken for false. https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
 */
export function evaluate(expression: string, context: Value): Value {
  const tokens = [...expression.matchAll(/\s*('(?:[^']|'')*'|&&|\|\||==|!=|[(),]|[A-Za-z_][\w.-]*|\S)/g)].map(([, token = '']) => token)
  const value = either()
  if (tokens.length > 0) throw new Error(`The expression goes on with ${tokens[0]}: ${expression}`)
  return value

  function either(): Value {
    let value = both()
    while (tokens[0] === '||') {
      tokens.shift()
      const other = both()
      value = isTrue(value) ? value : other
    }
    return value
  }

  function both(): Value {
    let value = compared()
    while (tokens[0] === '&&') {
      tokens.shift()
      const other = compared()
      value = isTrue(value) ? other : value
    }
    return value
  }

  function compared(): Value {
    const value = single()
    const sign = tokens[0]
    if (sign !== '==' && sign !== '!=') return value
    tokens.shift()
    return (text(value).toLowerCase() === text(single()).toLowerCase()) === (sign === '==')
  }

  function single(): Value {
    const token = tokens.shift() ?? ''
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'")
    if (token === '(') {
      const value = either()
      take(')')
      return value
    }
    if (token === 'startsWith') {
      take('(')
      const whole = text(either())
      take(',')
      const start = text(either())
      take(')')
      return whole.toLowerCase().startsWith(start.toLowerCase())
    }
    if (!/^(?:github|secrets|vars)\./.test(token)) throw new Error(`The expression holds ${token}: ${expression}`)
    return token.split('.').reduce<Value>((at, key) => (isTree(at) ? at[key] : undefined), context)
  }

  function take(wanted: string): void {
    if (tokens.shift() !== wanted) throw new Error(`The expression lacks ${wanted}: ${expression}`)
  }
}

/** A text of a workflow with its `${{ }}` worked out. */
export function filledIn(template: string, context: Value): string {
  return template.replace(/\$\{\{(.+?)\}\}/g, (_whole, expression: string) => text(evaluate(expression, context)))
}

export function isTrue(value: Value): boolean {
  return value !== undefined && value !== null && value !== '' && value !== 0 && value !== false
}

function isTree(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: Value): string {
  return value === undefined || value === null ? '' : String(value)
}
