/** What stands for any ISO 8601 time, and for any text that is not empty. */
const time = '$time';
const text = '$text';

const isTime = (value) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value);
const isName = (value) => typeof value === 'string' && /^\$[a-z]\w*$/i.test(value);
const kindOf = (value) => (Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value);

/** The values that the names of a script stand for: one each, and never two names for one. */
export class Bindings {
  #values = new Map();

  copy() {
    const copy = new Bindings();
    copy.#values = new Map(this.#values);
    return copy;
  }

  take(other) {
    this.#values = other.#values;
  }

  /** The value with every name in it replaced. */
  fill(value) {
    if (isName(value)) return this.#values.get(value) ?? value;
    if (Array.isArray(value)) return value.map((entry) => this.fill(entry));
    if (kindOf(value) !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, this.fill(entry)]));
  }

  /** @throws when the value is not what is expected, naming the place */
  match(value, expected, place) {
    const differ = () => {
      throw new Error(`${place} is ${JSON.stringify(value)}, not ${JSON.stringify(expected)}`);
    };
    if (expected === time) return isTime(value) || differ();
    if (expected === text) return (typeof value === 'string' && value !== '') || differ();
    if (isName(expected)) return this.#bind(expected, value) || differ();
    if (kindOf(value) !== kindOf(expected)) return differ();
    switch (kindOf(expected)) {
      case 'list':
        return this.#matchList(value, expected, place);
      case 'object':
        return this.#matchObject(value, expected, place);
      default:
        return value === expected || differ();
    }
  }

  #bind(name, value) {
    if (this.#values.has(name)) return this.#values.get(name) === value;
    if (typeof value !== 'string' || value === '') return false;
    if ([...this.#values.values()].includes(value)) return false;
    this.#values.set(name, value);
    return true;
  }

  #matchList(value, expected, place) {
    for (const [index, entry] of expected.entries()) {
      if (index >= value.length) throw new Error(`${place} ends before ${JSON.stringify(entry)}`);
      this.match(value[index], entry, `${place}[${index}]`);
    }
    if (value.length > expected.length) {
      throw new Error(`${place} has ${JSON.stringify(value[expected.length])} too much`);
    }
    return true;
  }

  #matchObject(value, expected, place) {
    for (const [key, entry] of Object.entries(expected)) {
      if (!Object.hasOwn(value, key)) throw new Error(`${place} has no ${key}`);
      this.match(value[key], entry, `${place}.${key}`);
    }
    const surplus = Object.keys(value).find((key) => !Object.hasOwn(expected, key));
    if (surplus !== undefined) throw new Error(`${place} has ${surplus}, which is not expected`);
    return true;
  }
}
