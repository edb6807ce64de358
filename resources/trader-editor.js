/**
 * What the dialogs of this package share, as `RED.traderOps`; brought by trader-account.html. A dialog asks for it
 * inside its functions, so that the order in which Node-RED loads the nodes does not matter.
 */
(() => {
  const SYMBOL =
    /^(?:[A-Z0-9_]{1,20}:)?(?:\$?[A-Z0-9]{1,12}(?:[./-][A-Z0-9]{1,4})?|[A-Z0-9]{1,6} *\d{6}[CP]\d{8})$/i;
  const MOST_NAMED = 3;

  const prefixOf = (node) => (node._def.category === 'config' ? 'node-config-input' : 'node-input');

  RED.traderOps = {
    /** What Node-RED shows in place of a credential that it keeps. */
    PASSWORD_KEPT: '__PWRD__',
    INTERVALS: ['1', '3', '5', '10', '15', '30', '60', '120', '240', 'D', 'W', 'M'],

    /** The config node of a type, where a node on tab `z` has no other to choose. */
    theOnly(type, z) {
      const found = [];
      RED.nodes.eachConfig((each) => {
        if (each.type === type && (!each.z || each.z === z)) found.push(each);
      });
      return found.length === 1 ? found[0].id : '';
    },

    /** A new node takes the account when there is only one. */
    useOnlyAccount(node) {
      if (!node.account) node.account = RED.traderOps.theOnly('trader-account', node.z);
    },

    /** The value of a field in the node's open dialog, or the stored one. */
    shown(node, field) {
      const isOpen = RED.editor.getEditStack().includes(node);
      return (isOpen ? $(`#${prefixOf(node)}-${field}`).val() : null) ?? node[field];
    },

    /** Puts options behind those that a select has, and chooses what the node has stored. */
    offer(node, field, values, words) {
      const select = $(`#${prefixOf(node)}-${field}`);
      for (const each of values) $('<option></option>').val(each).text(words(each)).appendTo(select);
      if (node[field] !== undefined) select.val(String(node[field]));
    },

    /** Of the rows with `data-<kind>`, shows those that name what is chosen. */
    showRows(form, kind, chosen) {
      form.find(`[data-${kind}]`).each((_i, row) => {
        $(row).toggle($(row).attr(`data-${kind}`).split(' ').includes(chosen));
      });
    },

    /** Whether `2026-11-02`, at the beginning of a text, is a day that exists. */
    isDay(text) {
      const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(text) ?? [];
      const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
      return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
    },

    /** Now in New York as `2026-11-02T09:30:00`. */
    nowInNewYork() {
      return new Date().toLocaleString('sv-SE', { timeZone: 'America/New_York' }).replace(' ', 'T');
    },

    /** `AAPL, MSFT` as a list. */
    symbolsIn(text) {
      return String(text ?? '')
        .split(',')
        .map((each) => each.trim())
        .filter(Boolean);
    },

    areSymbols(text) {
      return RED.traderOps.symbolsIn(text).every((symbol) => SYMBOL.test(symbol));
    },

    /** `AAPL, MSFT`, of a longer list the first three; '' of an empty one. */
    symbolsInShort(text) {
      const symbols = RED.traderOps.symbolsIn(text).map((symbol) => symbol.toUpperCase());
      const named = symbols.slice(0, MOST_NAMED).join(', ');
      return symbols.length > MOST_NAMED ? `${named} …` : named;
    },

    /** Where Node-RED answers a path of these parts. */
    address(...parts) {
      const path = ['', RED.settings.httpNodeRoot || '', ...parts].join('/');
      return location.origin + path.replace(/\/{2,}/g, '/').replace(/\/$/, '');
    },

    /** 256 random bits that may stand in a URL. */
    newSecret() {
      const bytes = crypto.getRandomValues(new Uint8Array(32));
      return btoa(String.fromCharCode(...bytes))
        .replace(/\+/g, '-')
        .replace(/\//g, '_')
        .replace(/=+$/, '');
    },

    /** Makes each button with `data-copies` copy the field it names. */
    copyOnClick(form) {
      form.find('[data-copies]').on('click', function () {
        RED.clipboard.copyText($(`#${$(this).data('copies')}`).val(), $(this), 'clipboard.copyMessageValue');
      });
    },
  };
})();
