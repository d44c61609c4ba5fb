// A heading with the words that are searched for goes before a page that has them somewhere.
var Scorer = {
  score: ([page, title, anchor, description, score]) => (anchor ? score + 100 : score),
  objNameMatch: 11, objPartialMatch: 6, objPrio: {0: 15, 1: 5, 2: -5}, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
};
