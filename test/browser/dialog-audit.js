/**
 * What can be wrong with an open dialog of ours, as a person sees it. The functions are sent to the page and run
 * there: each must stand by itself.
 */

/** Every complaint about the topmost dialog as it looks now, in words; none is good. */
export function auditDialog(type) {
  const form = [...document.querySelectorAll('.red-ui-tray .trader-form')].at(-1);
  if (!form) return ['there is no dialog'];
  const edge = form.getBoundingClientRect();
  const visible = [...form.querySelectorAll('*')].filter(
    (element) => element.checkVisibility() && !isInOption(element),
  );
  return [
    ...visible.flatMap(cut),
    ...visible.flatMap(unlabelled),
    ...visible.flatMap(faint),
    ...unmarked(),
    ...rawKeys(),
  ];

  function isInOption(element) {
    return element.closest('option') !== null;
  }

  function nameOf(element) {
    return (
      element.id || `${element.tagName.toLowerCase()} "${(element.textContent ?? '').trim().slice(0, 40)}"`
    );
  }

  function cut(element) {
    const found = [];
    const { right, left } = element.getBoundingClientRect();
    if (right > edge.right + 1 || left < edge.left - 1)
      found.push(`${nameOf(element)}: sticks out of the dialog`);
    const style = getComputedStyle(element);
    if (element.matches('.form-row > label:not(.trader-check)') && element.clientHeight > 30) {
      found.push(`${nameOf(element)}: wraps`);
    }
    const words = wordsIn(element);
    if (words.length > 0) {
      const room =
        element.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
      // The arrow of a select is laid over its text.
      const arrow = element.tagName === 'SELECT' ? 20 : 0;
      const pen = document.createElement('canvas').getContext('2d');
      pen.font = style.font;
      for (const text of words) {
        if (pen.measureText(text).width > room - arrow + 1)
          found.push(`${nameOf(element)}: "${text}" is cut`);
      }
    } else if (style.display !== 'inline' && element.scrollWidth > element.clientWidth + 1) {
      found.push(`${nameOf(element)}: its text is wider than it`);
    }
    return found;
  }

  /** The texts that one line of an input must have room for. */
  function wordsIn(element) {
    if (element.tagName === 'SELECT') return [...element.options].map(({ text }) => text);
    if (element.tagName !== 'INPUT' || !['text', 'password'].includes(element.type)) return [];
    return [element.type === 'text' ? element.value : '', element.placeholder].filter(Boolean);
  }

  function unlabelled(element) {
    if (!['INPUT', 'SELECT', 'TEXTAREA'].includes(element.tagName) || element.type === 'hidden') return [];
    const said =
      [...(element.labels ?? [])].map((label) => label.textContent.trim()).join('') || element.ariaLabel;
    const found = said ? [] : [`${nameOf(element)}: has no label`];
    const unit = element.nextElementSibling;
    if (
      element.classList.contains('trader-number') &&
      !(unit?.matches('.trader-unit') && unit.textContent.trim())
    ) {
      found.push(`${nameOf(element)}: has no unit`);
    }
    return found;
  }

  /** Text that stands out from its ground by less than WCAG asks for, 4.5 to 1. */
  function faint(element) {
    const own = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '',
    );
    const field = ['INPUT', 'SELECT', 'TEXTAREA'].includes(element.tagName);
    if ((!own && !field) || element.matches(':disabled')) return [];
    const colours = [getComputedStyle(element).color];
    if (element.placeholder) colours.push(getComputedStyle(element, '::placeholder').color);
    return colours.flatMap((colour) => {
      const ratio = contrast(over(rgba(colour), groundOf(element)), groundOf(element));
      return ratio < 4.5 ? [`${nameOf(element)}: contrast ${ratio.toFixed(2)} of ${colour}`] : [];
    });
  }

  function groundOf(element) {
    if (!element) return [255, 255, 255, 1];
    const ground = rgba(getComputedStyle(element).backgroundColor);
    return ground[3] === 1 ? ground : over(ground, groundOf(element.parentElement));
  }

  function rgba(colour) {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  }

  function over([red, green, blue, alpha], [red2, green2, blue2]) {
    const mix = (a, b) => a * alpha + b * (1 - alpha);
    return [mix(red, red2), mix(green, green2), mix(blue, blue2), 1];
  }

  function contrast(one, other) {
    const [light, dark] = [one, other].map(luminance).sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  function luminance(colour) {
    const [red, green, blue] = colour
      .slice(0, 3)
      .map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  /** Fields that may not stay empty, and do not say so. */
  function unmarked() {
    const { defaults, category } = RED.nodes.getType(type);
    const prefix = category === 'config' ? 'node-config-input' : 'node-input';
    return Object.entries(defaults)
      .filter(([, { required }]) => required)
      .map(([name]) => document.getElementById(`${prefix}-${name}`))
      .filter(
        (field) =>
          field?.checkVisibility() && (field.tagName === 'INPUT' || field.querySelector('[value="_ADD_"]')),
      )
      .filter((field) => ![...field.labels].some((label) => label.matches('.trader-required')))
      .map((field) => `${field.id}: is required and not marked`);
  }

  /** A key of a catalogue that stands where its text should be. */
  function rawKeys() {
    const titles = [...form.querySelectorAll('[title]')].map(({ title }) => title).join(' ');
    return [...`${form.innerText} ${titles}`.matchAll(new RegExp(`\\b${type}\\.[a-z]+\\.\\S+`, 'g'))].map(
      ([key]) => `${key}: has no text`,
    );
  }
}

/** What can be chosen in the topmost dialog: each select with each of its values, each checkbox on and off. */
export function choicesOf() {
  const form = [...document.querySelectorAll('.red-ui-tray .trader-form')].at(-1);
  const selects = [...form.querySelectorAll('select:enabled')]
    .filter((select) => !select.querySelector('[value="_ADD_"]'))
    .flatMap((select) => [...select.options].map(({ value }) => ({ id: select.id, value })));
  const boxes = [...form.querySelectorAll('input[type="checkbox"]')].flatMap(({ id, checked }) =>
    [!checked, checked].map((value) => ({ id, value })),
  );
  return [...selects, ...boxes];
}

/** Chooses it the way a person would: the dialog hears of it. */
export function choose({ id, value }) {
  const field = document.getElementById(id);
  if (field.type === 'checkbox') field.checked = value;
  else field.value = value;
  $(field).trigger('change');
}

/** Everything the keyboard should reach in the topmost dialog, from the top to the bottom and from left to right. */
export function reachable() {
  const form = [...document.querySelectorAll('.red-ui-tray .trader-form')].at(-1);
  return [...form.querySelectorAll('input, select, textarea, button, summary, a[href]')]
    .filter((element) => element.checkVisibility() && !element.disabled && element.type !== 'hidden')
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .sort(({ box: a }, { box: b }) => {
      const sameRow =
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > Math.min(a.height, b.height) / 2;
      return sameRow ? a.left - b.left : a.top - b.top;
    })
    .map(({ element }, place) => {
      element.dataset.stop = `${place + 1} ${element.id || element.textContent.trim()}`;
      return element.dataset.stop;
    });
}

/** What has the keyboard now, as `reachable` called it; '' outside of the dialog. */
export function focused() {
  return document.activeElement?.closest('.trader-form') ? (document.activeElement.dataset.stop ?? '?') : '';
}
