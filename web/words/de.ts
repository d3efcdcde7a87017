import { pluralsOf } from "./plural.ts";
import type { Translation } from "./words.ts";

const plural = pluralsOf("de");

/** All words of the page in German. */
export const german: Translation = {
  sentence: {
    label:
      "Der Satz: Tippe auf ein Wort, um zu sehen, wohin es schaut; tippe auf eine Zahl, um ein Wort anzuheften",
    input: "Dein Satz",
    edit: "Den Satz ändern",
    look: (word) => `Wohin schaut „${word}“?`,
    weight: (word, weight) => `„${word}“ bekommt ${weight}: anheften`,
    pin: (word) => `„${word}“ anheften`,
    swap: (from, to) => `„${to}“ statt „${from}“ schreiben`,
  },

  picture: {
    taps: "Ein Tippen wählt den Fleck",
    looks: "der schaut",
    compared: "zum Vergleich",
    plain: "ohne Farben",
    patch: (place) => `Fleck ${place}`,
    unpin: (patch) => `${patch} loslassen`,
    choose: "Ein Bild wählen",
    another: "Ein anderes Bild",
    drop: "Dieses Modell liest Bilder. Lege hier eines ab: PNG, JPEG oder WebP. Es bleibt auf diesem Rechner.",
    missing: (name) =>
      `Im Link geht es um ein Bild, „${name}“. Bilder passen nicht in Links: Wähle es hier aus.`,
    failed: (reason) => `Dieses Bild kann nicht gezeigt werden: ${reason}`,
    noReader: (model) =>
      `${model} liest Texte, keine Bilder. Lade ein Modell, das Bilder liest: google/vit-base-patch16-224.`,
    linkWithout: (name) =>
      `Kopiert. Das Bild passt nicht in einen Link: Wer ihn öffnet, wählt dort „${name}“ aus.`,
    beforeAfter: "Bei Bildern wird vor und nach deinen Änderungen verglichen.",
    legend: {
      weight: "Gewicht",
      gives: (shares, together) =>
        `gibt ${[...shares, `allen Flecken zusammen ${together}`].join(", ")}`,
      merged: (layer, rows, columns) =>
        `Schicht ${layer} hat ${rows} × ${columns} Flecken: Nachbarn sind einer geworden.`,
      reach: (seen, all) =>
        `Er sieht ${seen} von ${all}, die seines Fensters; die anderen sind schraffiert.`,
    },
  },

  ofPicture: {
    drawn: {
      headMap:
        "Karte des Kopfes: Pfeiltasten wählen den Fleck, der schaut, und den Fleck, auf den geschaut wird",
    },
    first: {
      hint: (head, layer, number, all) =>
        `${head} ist Kopf ${number} von Schicht ${layer}, eine von ${all} Arten, wie dieses Modell schaut.`,
      headGridPlain:
        "Die Zeilen sind Schichten. Hefte einen Fleck an, um zu sehen, welche Köpfe darauf schauen.",
      nothing: (patch) => `Für „${patch}“ gibt es keinen anderen Fleck, auf den er schauen kann.`,
    },
    steps: {
      notEmbedding: (layers) =>
        `Hier ist x nicht das Embedding des Flecks, sondern das, was nach ${layers} daraus geworden ist.`,
      isEmbedding:
        "In der ersten Schicht entsteht x nur aus zweierlei: was ein Fleck zeigt, durch eine gelernte Matrix, und wo er liegt; [CLS] zeigt nichts, seine Zahlen sind gelernt. Fast so, wie Artikel es zeichnen.",
      element: {
        moreTokens: "Weitere Flecken, auf die weniger geschaut wird: {count}",
        fewerTokens: "Weniger Flecken",
        keysOfAll: "k von jedem Fleck: woran man ihn findet",
        valuesOfAll: "v von jedem Fleck: was er weitergibt",
        productsOfAll: "q ∘ k von jedem Fleck und die Summe davon",
        carried: "Gewicht · v von jedem Fleck und ihre Summe",
      },
    },
    change: {
      tools: { word: "Ein Fleck" },
      linkIntro:
        "In {head} schaut {query} auf diese Flecken. Zieh an einem Gewicht oder kappe eine Verbindung.",
      showAll: (count) => `Alle ${count} Flecken zeigen`,
      by: { mean: "der Mittelwert über die Token dieses Bildes" },
      allWords: "alle Flecken",
      wordIntro: "Verdecke einen Fleck, für das ganze Modell.",
      wordLabel: "Welcher Fleck",
      maskLooks: "kein Fleck darf darauf schauen, in keinem Kopf",
      swapIntro: "Setz das, was ein Fleck hat, an die Stelle von dem, was ein anderer hat.",
      noSelf: "Wähle einen anderen Fleck",
      saidHidden: (key) => `kein Fleck schaut auf „${key}“`,
      station: { sentence: "Vektor des Bildes" },
      why: (heads, one, count, all, vector) =>
        `Warum: Die Ausgabe von ${heads} hat sich um ${one} gedreht, aber das ist nur einer von ${count} Köpfen, und zusammen haben sie sich um ${all} gedreht; sie werden zu dem addiert, was der Fleck schon hatte, und das hat sich um ${vector} gedreht.`,
    },
    heads: {
      loading: "Die Köpfe erscheinen, sobald das Modell das Bild betrachtet hat.",
      intro: (count) =>
        `Dieses Modell betrachtet das Bild mit ${count} Köpfen. Jeder schaut auf seine eigene Weise. Tippe auf einen Kopf, um ihn zu öffnen.`,
      says: {
        pattern:
          "Das Bild, wie jeder Kopf es gewichtet: Je heller ein Fleck, desto mehr Aufmerksamkeit bekommt er.",
        entropy: (query) =>
          `Wie gleichmäßig ${query} seine Aufmerksamkeit verteilt (Entropie, in Nats): 0 heißt alles auf einem Fleck, mehr heißt breiter.`,
        distance: (query) =>
          `Wie weit die Flecken, auf die ${query} schaut, im Schnitt entfernt sind: 1 ist der Fleck daneben.`,
        special: (query) =>
          `Wie viel von seiner Aufmerksamkeit ${query} an Token gibt, die keine Flecken sind, zum Beispiel [CLS].`,
      },
      mostly: (does) => `Über alle Flecken dieses Bildes gilt meistens: Er ${does}.`,
      linksLabel: "Stärkste Verbindungen des Kopfes: Wähle eine, um ihre Flecken anzuheften",
      linksNone: "Hier schaut kein Fleck auf einen anderen.",
    },
    menu: { compare: "Vorher und nachher vergleichen" },
    learn: {
      doesNotHold:
        "Die Tour handelt von einem Satz, und dieses Modell betrachtet Bilder. Das Modell, das mit dieser Seite kommt, liest Sätze.",
    },
    compare: {
      alike: "Wie ähnlich sich die beiden Flecken sind",
      intro: "Das Bild vor und nach deinen Änderungen: Sieh, was anders wird und wo.",
      before: "Vorher und nachher",
      chooseWord: (where) => `${where}: Tippe auf einen Fleck, um ihn zu vergleichen`,
      word: "Fleck",
      leftOut: (count) => `Weggelassene Flecken, die mit den kleinsten Unterschieden: ${count}.`,
      headsSays:
        "Der Anteil der Aufmerksamkeit eines Kopfes, der im zweiten an andere Flecken geht: 0 heißt gleich, 1 heißt ganz woandershin.",
    },
  },

  drawn: {
    headMap:
      "Karte des Kopfes: Pfeiltasten wählen das Wort, das schaut, und das Wort, auf das geschaut wird",
    larger: "Größere Felder",
    smaller: "Kleinere Felder",
    picture: "Das Bild: Pfeiltasten wählen den Fleck, der schaut, Escape das Token vor den Flecken",
    weight: "Gewicht",
    scale: "Farbskala der Gewichte von 0 bis 1",
    hidden: "kann nicht geschaut werden",
    unreached: "außer Reichweite",
    patch: (place) => `Fleck ${place}`,
    inHead: (said, head) => `${said} in ${head}`,
    looks: (query) => `worauf ${query} schaut`,
    most: (key, weight) => `am meisten auf ${key}, ${weight}`,
  },

  sound: {
    label: "Der Klang: Tippe auf einen Augenblick oder bewege dich mit den Pfeiltasten",
    taps: "Ein Tippen wählt den Augenblick",
    looks: "der schaut",
    compared: "zum Vergleichen",
    tapPins: "Ein Tippen heftet den Augenblick an, auf den geschaut wird",
    unpin: (moment) => `${moment} loslassen`,
    choose: "Einen Klang wählen",
    another: "Ein anderer Klang",
    drop: "Dieses Modell hört. Zieh eine Tondatei hierher: WAV oder was dieser Browser sonst abspielt. Sie bleibt auf diesem Rechner.",
    missing: (name) =>
      `Der Link handelt von einem Klang, „${name}“. Klänge passen nicht in Links: Wähle ihn hier.`,
    failed: (reason) => `Dieser Klang kann nicht gehört werden: ${reason}`,
    noReader: (model) => `${model} hört nichts. Lade ein Modell, das hört: openai/whisper-tiny.`,
    noSound: (name) => `„${name}“ ist keine Tondatei.`,
    linkWithout: (name) =>
      `Kopiert. Der Klang passt nicht in einen Link: Wer ihn öffnet, wählt dort „${name}“.`,
    shows:
      "Oben die Log-Mel-Merkmale, die das Modell bekommen hat, tiefe Töne unten; die Stille, mit der aufgefüllt wird, ist schraffiert. Darunter die Gewichte, das größte so hoch, wie Platz ist.",
    cut: (read, whole) =>
      `Das Modell liest ${read} s auf einmal: Von ${whole} s wird der Anfang gehört.`,
    whole: (seconds, read) => `${seconds} s Klang; das Modell liest ${read} s auf einmal.`,
    byHeed: "Von heed dekodiert: dieselben Abtastwerte wie in Python.",
    byBrowser: (rate) =>
      `Von diesem Browser dekodiert und auf ${rate} Abtastwerte je Sekunde umgerechnet: Die letzten Stellen können in einem anderen abweichen. Eine WAV-Datei mit dieser Rate dekodiert heed selbst.`,
    resampled: (from, to) =>
      `Diese Datei hat ${from} Abtastwerte je Sekunde, das Modell liest ${to}: Dieser Browser hat sie auf seine Weise umgerechnet, die letzten Stellen können in einem anderen abweichen.`,
    moments: (count) => `${count} Augenblicke`,
    hearing: "Einen Moment: Das Modell schreibt auf, was gesagt wird.",
    times: "Gesagt:",
    timesLabel: "Was gesagt wird, mit Zeiten: Wähle ein Wort, um seinen Anfang anzuheften",
    pinWord: (word) => `Den Augenblick anheften, in dem „${word}“ beginnt`,
    noTimes:
      "Die Dateien dieses Modells sagen nicht, welche Köpfe dem Klang folgen; deshalb haben seine Wörter keine Zeiten.",
    otherTokens:
      "Wieder zusammengesetzt hat dieser Text andere Token, als das Modell geschrieben hat.",
  },

  ofSound: {
    always: {
      picture: { beforeAfter: "Bei Klängen werden vorher und nachher verglichen." },
      parts: {
        encoder: "Hören",
        cross: "Schreiben → Hören",
        says: {
          encoder:
            "Dieses Modell hört einen Klang und schreibt einen Text. Hier ist, was es hört: Jeder Augenblick schaut auf die anderen (Encoder).",
          cross:
            "Hier schaut das, was es geschrieben hat, oben, auf das, was es gehört hat, unten (Cross-Attention).",
        },
      },
      menu: { compare: "Vorher und nachher vergleichen" },
      learn: {
        doesNotHold:
          "Die Tour handelt von einem Satz, und dieses Modell hört Klänge. Das Modell, das mit dieser Seite kommt, liest Sätze.",
      },
      heads: {
        loading: "Die Köpfe erscheinen, sobald das Modell den Klang gehört hat.",
        intro: (count) =>
          `Dieses Modell hört den Klang mit ${count} Köpfen. Jeder schaut auf seine eigene Weise. Tippe auf einen Kopf, um ihn zu öffnen.`,
      },
      compare: {
        intro: "Der Klang vor und nach deinen Änderungen: Sieh, was anders wird und wo.",
        before: "Vorher und nachher",
      },
    },
    heard: {
      drawn: {
        headMap:
          "Karte des Kopfes: Pfeiltasten wählen den Augenblick, der schaut, und den Augenblick, auf den geschaut wird",
      },
      first: {
        hint: (head, layer, number, all) =>
          `${head} ist Kopf ${number} von Schicht ${layer}, eine von ${all} Arten, wie dieses Modell schaut.`,
        headGridPlain:
          "Die Zeilen sind Schichten. Hefte einen Augenblick an, um zu sehen, welche Köpfe darauf schauen.",
        nothing: (moment) =>
          `Für „${moment}“ gibt es keinen anderen Augenblick, auf den er schauen kann.`,
      },
      steps: {
        notEmbedding: (layers) =>
          `Hier ist x nicht das Embedding des Augenblicks, sondern das, was nach ${layers} daraus geworden ist.`,
        isEmbedding:
          "In der ersten Schicht entsteht x nur aus zweierlei: wie ein Augenblick klingt, durch zwei gelernte Faltungen, und wann er ist.",
        element: {
          moreTokens: "Weitere Augenblicke, auf die weniger geschaut wird: {count}",
          fewerTokens: "Weniger Augenblicke",
          keysOfAll: "k von jedem Augenblick: woran man ihn findet",
          valuesOfAll: "v von jedem Augenblick: was er weitergibt",
          productsOfAll: "q ∘ k von jedem Augenblick und die Summe davon",
          carried: "Gewicht · v von jedem Augenblick und ihre Summe",
        },
      },
      change: {
        tools: { word: "Ein Augenblick" },
        linkIntro:
          "In {head} schaut {query} auf diese Augenblicke. Zieh an einem Gewicht oder kappe eine Verbindung.",
        showAll: (count) => `Alle ${count} Augenblicke zeigen`,
        allWords: "alle Augenblicke",
        wordIntro: "Verdecke einen Augenblick, für das ganze Modell.",
        wordLabel: "Welcher Augenblick",
        maskLooks: "kein Augenblick darf darauf schauen, in keinem Kopf",
        swapIntro: "Setz das, was ein Augenblick hat, an die Stelle von dem, was ein anderer hat.",
        noSelf: "Wähle einen anderen Augenblick",
        by: { mean: "der Mittelwert über die Token dieses Klangs" },
        saidHidden: (key) => `kein Augenblick schaut auf „${key}“`,
        why: (heads, one, count, all, vector) =>
          `Warum: Die Ausgabe von ${heads} hat sich um ${one} gedreht, aber das ist nur einer von ${count} Köpfen, und zusammen haben sie sich um ${all} gedreht; sie werden zu dem addiert, was der Augenblick schon hatte, und das hat sich um ${vector} gedreht.`,
      },
      compare: {
        alike: "Wie ähnlich sich die beiden Augenblicke sind",
        word: "Augenblick",
        chooseWord: (where) => `${where}: Tippe auf einen Augenblick, um ihn zu vergleichen`,
        leftOut: (count) =>
          `Weggelassene Augenblicke, die mit den kleinsten Unterschieden: ${count}.`,
        headsSays:
          "Der Anteil der Aufmerksamkeit eines Kopfes, der im zweiten an andere Augenblicke geht: 0 heißt gleich, 1 heißt ganz woandershin.",
      },
      heads: {
        linksNone: "Hier schaut kein Augenblick auf einen anderen.",
        says: {
          entropy: (query) =>
            `Wie gleichmäßig ${query} seine Aufmerksamkeit verteilt (Entropie, in Nats): 0 heißt alles auf einem Augenblick, mehr heißt breiter.`,
          distance: (query) =>
            `Wie weit die Augenblicke, auf die ${query} schaut, im Schnitt entfernt sind: 1 ist der Augenblick daneben.`,
        },
        mostly: (does) => `Über alle Augenblicke dieses Klangs gilt meistens: Er ${does}.`,
        linksLabel: "Stärkste Verbindungen des Kopfes: Wähle eine, um ihre Augenblicke anzuheften",
      },
    },
  },

  first: {
    title: "heed: der Aufmerksamkeit zusehen",
    headChip: (head) => `${head}: einen anderen Kopf wählen`,
    headGrid: (query, key) =>
      `Je dunkler, desto mehr schaut „${query}“ in diesem Kopf auf „${key}“. Die Zeilen sind Schichten.`,
    headGridPlain:
      "Die Zeilen sind Schichten. Hefte ein Wort an, um zu sehen, welche Köpfe darauf schauen.",
    headCell: (head, weight) => `${head}: ${weight}`,
    allHeads: "Alle Köpfe",
    found: (head) =>
      `In ${head} schaut {query} mit {weight} seiner Aufmerksamkeit auf {most} und mit {nextWeight} auf {next}. Alle seine Gewichte ergeben zusammen 1.`,
    foundOne: (head) => `In ${head} schaut {query} mit {weight} seiner Aufmerksamkeit auf {most}.`,
    onlyItself: (head) =>
      `In ${head} kann {query} nur auf sich selbst schauen: Die ganze Aufmerksamkeit bleibt dort.`,
    looksBack: "Dieses Modell liest vorwärts: Was nach {query} kommt, bleibt ihm verborgen.",
    leftOut:
      "Ausgelassen ist {rest} mit {restWeight}: Köpfe solcher Modelle ruhen auf dem ersten Wort eines Textes, wenn sie nichts finden.",
    rests: (some, all) =>
      `${some} von ${all} Köpfen geben dem ersten Token mehr als die Hälfte seiner Aufmerksamkeit: Dort ruhen sie.`,
    hint: (head, layer, number, all) =>
      `${head} ist Kopf ${number} von Schicht ${layer}, eine von ${all} Arten, wie dieses Modell schaut. Tippe auf ein Wort, um zu sehen, wohin es schaut, auf eine Zahl, um ihr Wort anzuheften.`,
    nothing: (word) => `Für „${word}“ gibt es kein anderes Wort, auf das es schauen kann.`,
    loading: "Einen Moment: Die ersten Zahlen kommen gleich.",
    noInput: "Noch gibt es nichts zu zeigen: Wählen Sie oben, was das Modell lesen soll.",
    failed: "Das ließ sich nicht berechnen:",
    withoutChanges: "Ohne die Änderungen zeigen",
    why: "Warum?",
    whatIf: "Was wäre, wenn?",
    otherHeads: "Andere Köpfe",
    close: "Schließen",
    showMe: "Zeig es mir, 6 Minuten",
    notNow: "Jetzt nicht",
    invitation: "Neu hier? Zehn kurze Stationen, und du weißt, was Aufmerksamkeit ist.",
    linkFrom: (version, own) =>
      `Dieser Link wurde mit heed ${version} gemacht, dies ist heed ${own}: Die Zahlen können in den letzten Stellen abweichen.`,
    linkUnread: (part, reason) => `Aus dem Link wurde „${part}“ weggelassen: ${reason}.`,
    linkRules: {
      oneOf: "es muss eines davon sein: {values}",
      fileName: "es ist der Name einer Datei, mit höchstens 200 Zeichen",
      model:
        "es wird so geschrieben: embedded, stories, hub:owner/name oder hub:owner/name@revision",
      head: "es wird so geschrieben: L5H11",
      token: "es ist die Nummer eines Tokens, ab 0",
      keys: "es sind höchstens zwei Nummern von Tokens, ab 0",
      step: "es ist der Name eines Schrittes",
      training: "es ist eine Aufgabe und ein Startwert, etwa world,1. Aufgaben: {values}",
      from: "es ist 0 oder 1",
      language: "es ist ein Kürzel wie en",
      text: "es ist ein Text",
      changes: "daraus lässt sich keine Liste von Änderungen lesen ({values})",
    },
    linkBeyond: (names, layers, heads, tokens) =>
      `Aus dem Link wurde ${names} weggelassen: Hier sind ${layers} Schichten mit ${heads} Köpfen und ${tokens} Tokens, ab 0 gezählt.`,
  },

  says: {
    next: "Als Nächstes erwartet es",
    class: "Es hält das für",
    start: "Die Antwort beginnt bei",
    end: "Die Antwort endet bei",
    replaced: "Es hält für ersetzt",
    label: (word) => `Es benennt ${word} als`,
    hidden: (word, place) => `An der Stelle von ${word}, Token ${place}`,
    after: (word) => `Nach „${word}“ erwartet es`,
    inPlaceOf: (word) => `An der Stelle von „${word}“ erwartet es`,
    write: (word) => `„${word}“ ans Ende schreiben`,
    written: "Was es geschrieben hat",
    letWrite: "Schreiben lassen",
    stop: "Anhalten",
    anew: "Von vorn",
  },
  parts: {
    towers: "Welcher Teil des Modells",
    vision: "Bild",
    text: "Text",
    attentions: "Wessen Aufmerksamkeit",
    encoder: "Lesen",
    decoder: "Schreiben",
    cross: "Schreiben → Lesen",
    looking: "Was es geschrieben hat: Antippen wählt, was schaut",
    says: {
      encoder:
        "Dieses Modell liest einen Text und schreibt einen anderen. Hier steht, was es liest; das schaut auf sich selbst (Encoder).",
      decoder:
        "Hier steht, was es bisher geschrieben hat; das schaut auf sich selbst zurück (Decoder).",
      cross:
        "Hier schaut, was es geschrieben hat (oben), auf das, was es gelesen hat (unten; Cross-Attention).",
    },
  },
  fits: {
    title: "Wie gut passen Texte zum Bild?",
    texts: "Texte, mit Kommas dazwischen",
    usual: "a cat, a dog, a house, a street",
    byItself: "Jeder Text wird für sich beurteilt.",
    together:
      "Die Texte teilen sich 100 %: Der wahrscheinlichste ist wahrscheinlicher als die anderen hier, mehr nicht.",
    cosine: (value) => `Kosinus ${value}`,
    needsPicture: "Ein Bild wählen: Dieser Text wird damit verglichen.",
  },
  loading: {
    model: (name) => `${name} wird geladen`,
    bytes: (received, total) => `${received} von ${total} MB`,
    ready: (name, layers, heads) =>
      `${name}: ${layers} ${plural(layers, { one: "Schicht", other: "Schichten" })} × ${heads} ${plural(heads, { one: "Kopf", other: "Köpfe" })}`,
    tokens: (tokens, words) =>
      `${tokens} Token, ${words} ${plural(words, { one: "Wort", other: "Wörter" })}`,
    patches: (rows, columns) => `${rows} × ${columns} Flecken`,
    recorded: "aufgezeichnet",
    recordedWhy:
      "Diese Zahlen wurden aufgezeichnet; sobald das Modell geladen ist, berechnet es sie hier",
    failed: "Das Modell ließ sich nicht laden:",
    notRecorded:
      "Nur der erste Satz wurde aufgezeichnet. Das Modell lädt noch: Es antwortet hierauf, sobald es da ist.",
  },

  menu: {
    open: "Menü",
    examples: "Beispiele",
    works: "Wo es der Bedeutung folgt",
    fails: "Wo es danebenliegt",
    learn: "Lernen: zehn Stationen",
    train: "Ein kleines Modell trainieren",
    compare: "Zwei Sätze vergleichen",
    models: "Andere Modelle",
    talk: "Ein Vortrag aus mehreren Ansichten",
    shown: "Wie es gezeigt wird",
    language: "Sprache",
    theme: "Farben",
    themeAuto: "wie im System",
    themeLight: "hell",
    themeDark: "dunkel",
    notation: "Formeln",
    counting: "Zählung",
    fromZero: "ab 0",
    fromOne: "ab 1",
    present: "Präsentieren: eine Ansicht füllt den Bildschirm",
  },

  examples: {
    tired: "Wer kann müde sein? it schaut auf die Katze (cat).",
    dirty: "Ein einziges anderes Wort, und es schaut auf die Matte (mat).",
    hungry: "Matten haben keinen Hunger: wieder die Katze.",
    asleep: "Wieder die Katze.",
    sofa: "Andere Nomen, und die Wahl ändert sich genauso.",
    far: "Vierzehn Wörter dazwischen: Der Aufmerksamkeit ist es egal, wie weit.",
    everyone: "In L5H11 schaut jedes Wort auf cat: Ein leuchtender Kopf muss nichts bedeuten.",
    trophy:
      "Ein Mensch weiß, dass es der Koffer (suitcase) ist. Dieser Kopf sagt: der Pokal (trophy).",
    street: "Straßen sind breit, Tiere nicht. Dieser Kopf sagt: das Tier (animal).",
    cup: "Die Tasse (cup) ist voll. Dieser Kopf sagt: die Flasche (bottle).",
    kind: "Der Junge (boy) ist nett. Dieser Kopf sagt: das Mädchen (girl).",
  },

  steps: {
    title: "Warum?",
    asking: "Einen Moment: Jede Zahl auf dem Weg wird berechnet.",
    needsModel: "Die Schritte brauchen das Modell, und das lädt noch.",
    failed: "Diese Schritte ließen sich nicht berechnen:",
    more: "Mehr von der Antwort",
    answer: {
      weights: (head) =>
        `In ${head} gibt {query} {first} {firstWeight} seiner Aufmerksamkeit, und {second} {secondWeight}.`,
      scores:
        "Diese Gewichte kommen aus Scores, {firstScore} für {first} und {secondScore} für {second}. {leader} liegt um {lead} vorn, und Softmax macht daraus das {times}-fache Gewicht.",
    },
    notEmbedding: (layers) =>
      `Hier ist x nicht das Embedding des Wortes, sondern das, was nach ${layers} daraus geworden ist.`,
    oneLayer: (layer) => `Schicht ${layer}`,
    layers: (first, last) => `den Schichten ${first} bis ${last}`,
    layerZero: (layer) => `Schicht ${layer}: fast so, wie Artikel es zeichnen`,
    isEmbedding:
      "In der ersten Schicht entsteht x nur aus Tabellen: was {word} ist und wo es steht. Fast so, wie Artikel es zeichnen.",
    backTo: (head) => `Zurück zu ${head}`,
    phrases: {
      word: "Wort",
      words: "Wörter",
      patch: "Bildfeld",
      patches: "Bildfelder",
      moment: "Moment",
      moments: "Momente",
      streamIn: "x = der Strom",
      everyKey: "für jedes von {count} ({words}), aus seinem Vektor",
      everyKeyOther: "für jedes von {count} ({words}), aus dem Vektor des Encoders",
      each: "→ je {size}",
      oneNumber: "{sizes} → eine Zahl je {word}",
      turned: "{sizes}, dann nach seiner Position gedreht (rotary)",
      overWriters:
        "q · k = Σ über alles, was den Strom des Schlüssels schrieb (dann den der Abfrage)",
      overPairs: "q · k = Σ über Paare: Token · Token, Token · Position, …",
      overPatches: "q · k = Σ über Paare: Bildfeld · Bildfeld, Bildfeld · Position, …",
      overMoments: "q · k = Σ über Paare: Moment · Moment, Moment · Position, …",
      fromProduct: "q · k = {sum}, aus {product}",
      overKeys: "über {count} ({words})",
      headsTimes: "{count} Köpfe × {sizes}",
      ofThisHead: "{formula} dieses Kopfes",
      ofThisHeadThen: "{formula} dieses Kopfes · gemischt",
      mixedIs: "gemischt = {sum}",
      mixed: "gemischt",
      mixedNumber: "gemischt[{number}]",
      sumOfValues: "Σ Gewicht · v",
      sumOfValuesTurned: "Σ v · Gewicht",
      scoreParts: "Score = Inhalt + Position + Bias + Maske",
      softmaxIs: "Gewicht = e^Score / Σ e^Score",
      streamNormed: "Strom = norm(Strom + Σ Köpfe + b)",
      streamAdded: "Strom = Strom + Σ Köpfe + b",
      xNormed: "x = norm(Strom)",
      stream: "Strom",
      whatTold:
        "Was {first} von {second} unterscheidet, wurde vor dieser Schicht in beide geschrieben; die größten Teile des Vorsprungs kommen aus {parts}.",
      whatTellsFirst: "Was {first} hier von {second} unterscheidet, ist vor allem {parts}.",
      productsTold:
        "Von den {count} Produkten, aus denen q · k besteht, sprechen {favour} für {first} und {oppose} für {second}; das größte allein ist {share}% des Vorsprungs: Was zählt, ist ihre Summe.",
      productsAlike:
        "Nach q · k allein sind {first} und {second} gleich: Was sie unterscheidet, steht in den anderen Teilen des Scores.",
      headWrites:
        "Was von {first} genommen wird, ist {share}% dessen, was dieser Kopf schreibt, und dieser Kopf ist {own}% dessen, was die Aufmerksamkeit in dieser Schicht zu {query} addiert.",
      headWritesMore:
        "Was von {first} genommen wird, ist {share}% dessen, was dieser Kopf schreibt (was von anderen genommen wird ({words}), zieht in die andere Richtung), und dieser Kopf ist {own}% dessen, was die Aufmerksamkeit in dieser Schicht zu {query} addiert.",
      leadParts: "Der Vorsprung von {first} vor {second}, {value}, Teil für Teil: {parts}.",
      noOther:
        "In {head} gibt {query} {first} ein Gewicht von {value}: Es gibt nichts anderes ({word}), womit man es vergleichen könnte.",
      mayNotLook:
        "{query} darf nicht auf {key} schauen: Sein Score ist −∞, was auch immer sein Schlüssel ist.",
      givesTold:
        "In {head} gibt {query} {first} {value} seiner Aufmerksamkeit, und {second} {other}.",
      scoresTold:
        "Die Gewichte kommen aus Scores, {score} für {first} und {other} für {second}: {leader} liegt um {value} vorn, und Softmax macht daraus das {power}-fache Gewicht.",
      pieces: "{texts} sind die Teile eines Wortes: Die Schritte folgen dem ersten.",
      piecesMost:
        "{texts} sind die Teile eines Wortes: Die Schritte folgen {first}, auf das am meisten geschaut wird.",
      patchedScores:
        "Die Scores des Laufs sind andere, als q, k und Bias ergeben: Sie wurden geändert.",
      patchedWeights:
        "Der Lauf hat andere Gewichte benutzt, als Softmax ergibt: Sie wurden geändert.",
      productsNote:
        "{favour} der {count} Produkte sprechen für {first}, {oppose} für {second}. Nur ihre Summe zählt; welche Zahl welche ist, bedeutet nichts (siehe den nächsten Schritt).",
      normsNote:
        "Normierungen auf dem Weg gelten als die linearen Abbildungen, die sie für die Statistik genau dieser Stellen ({words}) sind; gelernte Bias-Werte sind ein Teil.",
      noNorm: "Zwischen den Teilen und dem Score steht keine Normierung.",
      grouped:
        "Abfragen sind gruppiert: {count} Köpfe teilen sich Schlüssel und Werte des Schlüsselkopfs {number}.",
      nothingHidden:
        "{reason}, und hier ({word}) ist nichts verborgen: Die geteilte Summe ist der Score",
      addsNothing: "{family} addiert nichts zu den Scores",
      nothingAdded: "zu den geteilten Produkten wird nichts addiert",
      notScaled: "{family} teilt nicht: Seine Scores sind q · k, wie es ist",
      onlyToken:
        "in Schicht {number} von {family} geht nur ein, was es ist ({word}); wo es steht, kommt durch das Drehen von Abfragen und Schlüsseln hinein",
      onlyTokenBeside:
        "in Schicht {number} von {family} geht nur ein, was es ist ({word}); wo es steht, kommt neben den Produkten hinzu",
      noTable: "keine Tabelle dieses Laufs führt zur Abfrage",
      outside:
        "Abfrage oder Schlüssel des Laufs liegt außerhalb dessen, was W^Q und W^K ergeben können: Es wurde geändert",
      partsPatched: "die Teile ergeben nicht den Vektor des Laufs: Er wurde geändert",
      byDirections:
        "nach Singulärrichtungen; Bias-Werte zählen als eine weitere Zahl von x, die 1 ist",
      byPairs: "nach Paaren; Paar {number} dreht sich am schnellsten",
      pair: "Paar {number}",
      otherNumbers: "die übrigen {count}",
      direction: "Richtung {number} (σ {value})",
      byKeyWriters: "Score danach, was den Schlüssel schrieb",
      byPartPairs: "Score nach Teil der Abfrage · Teil des Schlüssels",
      leadByQuery: "der Vorsprung danach, was die Abfrage schrieb",
      scoreByQuery: "der Score danach, was die Abfrage schrieb",
      embeddingPart: "Embedding: {part}",
      token: "Token",
      position: "Position",
      type: "Typ",
      feedForward: "Feed-Forward von Schicht {number}",
      learnedBiases: "gelernte Bias-Werte",
      learnedBias: "b, gelernter Bias",
      biasOfOutput: "Bias von W^O",
      keysNumbers: "q ∘ k, Zahl für Zahl",
      number: "Zahl {number}",
      lengthsOfAll: "Längen aller Schlüssel und Werte",
      withAndWithout: "Gewichte mit dem Teilen, und was Softmax ohne ergäbe",
      partsOfScores: "Teile der Scores",
      toWeights: "von Produkten zu Gewichten",
      taken: "was von wem genommen wird",
      whence: "was davon von wem kam",
      sharesOfChange:
        "Anteile an der Änderung, in ihrer Richtung; unter 0 zieht ein Kopf in die andere",
      lengths: "Längen",
      streamBefore: "der Strom vorher",
      attentionAdds: "was die Aufmerksamkeit addiert",
      headAlone: "davon dieser Kopf allein",
      streamAfterNormed: "der Strom nachher, normiert",
      streamAfter: "der Strom nachher",
      about: "{name}: {count} Zahlen, Länge {value}",
      kOfWord: "k von {first}",
      vOfWord: "v von {first}",
      rest: "… {count} weitere",
      sum: "Summe",
      difference: "Unterschied",
      soFar: "bis hier",
      share: "Anteil",
      adds: "addiert",
      product: "Produkt",
      weight: "Gewicht",
      scaled: "geteilt",
      added: "addiert",
      score: "Score",
      largest: "− größter",
      without: "ohne",
      shareOfMixed: "Anteil am Gemischten",
      length: "Länge",
      content: "Inhalt",
      contentUnturned: "Inhalt, ungedreht",
      contentBefore: "Inhalt vor dem Drehen",
      turning: "Drehung",
      turningBy: "Drehung nach Position",
      distance: "Abstand",
      bias: "Bias",
      mask: "Maske",
      changedPart: "geändert",
      learned: "gelernter Bias",
    },
    element: {
      list: "Alle Schritte",
      step: "Schritt {number} von {count}",
      unread: "Diese Schritte ließen sich nicht lesen:",
      back: "Zurück",
      next: "Weiter",
      leftOut: "Weggelassen",
      numbers: "Alle Zahlen als Tabelle",
      point: "Balken nach oben sind größer als 0, blasse nach unten kleiner.",
      pointBy:
        "Zeig auf einen, tippe ihn an oder nimm die Pfeiltasten: Seine Zahl steht dann hier.",
      folded: "{count} Zahlen, {per} pro Balken: die am weitesten von 0 entfernte.",
      foldedOf: "am weitesten von 0 entfernt, von {start} bis {end}",
      unfold: "Jede Zahl zeigen",
      fold: "Zusammenklappen",
      moreTokens: "Weitere Token, auf die weniger geschaut wird: {count}",
      fewerTokens: "Weniger Token",
      pin: "{word} anheften",
      copyLatex: "LaTeX kopieren",
      copied: "Kopiert",
      notCopied:
        "Der Browser hat diese Seite nicht kopieren lassen. Der Text ist unten markiert: Kopiere ihn von Hand.",
      sum: "Summe",
      number: "Zahl {number}",
      and: "{first} − {second}",
      handTitle: "Eine Zahl von Hand",
      handSentence:
        "Eine Abfrage besteht aus Summen wie dieser: jede Eingabe mal ihr eigenes Gewicht, alles addiert.",
      handDrag: "Zieh an einer Eingabe und beobachte die Summe.",
      handFormula: "Summe = Σ Eingabe · Gewicht  (4) · (4) → eine Zahl",
      toy: "Ein Spielzeug: Diese acht Zahlen sind erfunden. Alle anderen Zahlen hier sind vom Modell.",
      input: "Eingabe {number}",
      weight: "Gewicht",
      reset: "Zurücksetzen",
      unfoldHand: "Jetzt in echt: {inputs} Eingaben, {outputs} Summen",
      foldHand: "Zurück zu den vier",
      realSentence:
        "Dasselbe mit den Zahlen des Modells: x von {word} mal eine Spalte von W^Q. Die leuchtende Spalte ergibt {name}.",
      lightColumn: "Tippe auf einen anderen Balken von q, dann leuchtet dessen Spalte.",
      tableOf: "W^Q: {rows} × {columns} Zahlen. Ein kleiner Strich ist ein Gewicht unter 0.",
      productsOf: "{count} Produkte, addiert: {name}",
      products: "Produkte",
      bias: "gelernter Bias",
      before: "{name}, bevor die Position es dreht",
      more: "{count} weitere",
      axes: "Die {width} Achsen eines Kopfes lassen sich gemeinsam drehen, ohne dass sich ein einziger Score ändert; kein Produkt „ist“ also für sich allein eine Idee. Was nicht von den Achsen abhängt:",
      byDirections: "nach Richtungen von W^Q · W^Kᵀ",
      bySources: "danach, wer es geschrieben hat",
      open: "Öffnen",
      inOrder: "Der Reihe nach",
      byLead: "Größter Vorsprung zuerst",
      order: "Reihenfolge der Produkte",
      queryOfWord: "q von {word}",
      keysOfAll: "k von jedem Wort: woran man es findet",
      valuesOfAll: "v von jedem Wort: was es weitergibt",
      productsOfAll: "q ∘ k von jedem Wort und die Summe davon",
      contrast: "{first} minus {second}, Produkt für Produkt",
      vectors: "Die Vektoren",
      with: "mit dem Teilen",
      without: "ohne",
      withoutSentence: "Ohne das Teilen würde aus {weight} von {first} {without}.",
      mine: "Dein „Was wäre, wenn?“: Die Gewichte des Modells sind die umrandeten.",
      mineOff:
        "Zieh an einem Score oder an der Temperatur: ein „Was wäre, wenn?“ nur in diesem Bild. Die Zahlen des Modells bleiben, wie sie sind.",
      temperature: "Temperatur",
      scaling: "durch √{width} teilen",
      score: "Score",
      scoreOf: "Score von {word}",
      run: "Modell",
      yours: "deins",
      carried: "Gewicht · v von jedem Wort und ihre Summe",
      headsOf: "Was jeder Kopf der Schicht gemischt hat; dieser ist {head}",
      outputOf: "Durch W^O",
      mixed: "gemischt",
      written: "von diesem Kopf geschrieben",
      streamOf: "Der Vektor von {word}",
      streamBefore: "vorher",
      streamAdded: "+ alle Köpfe",
      thisHead: "dieser Kopf",
      streamAfter: "nachher",
      steps: {
        vector: {
          title: "x, der Vektor von {word}",
          sentence:
            "{word} ist eine Liste von Zahlen: Sie beginnt in gelernten Tabellen, mit dem, was es ist und wo es steht, und jede frühere Schicht hat dazu addiert, was der Satz ringsum sagt.",
        },
        query: {
          title: "q, die Abfrage von {word}",
          sentence:
            "Dieser Kopf multipliziert x mit einer Tabelle, die er gelernt hat, W^Q, und bekommt {width} Zahlen: das, wonach {word} sucht.",
        },
        keys: {
          title: "k und v, der Schlüssel und der Wert von jedem Wort",
          sentence:
            "Jedes Wort macht {width} Zahlen, die sagen, woran man es findet, seinen Schlüssel k, und weitere {width}, die es weitergibt, wenn es angeschaut wird, seinen Wert v.",
        },
        products: {
          title: "q · k: Warum {first}?",
          sentence:
            "Die Abfrage wird mit jedem Schlüssel multipliziert, Zahl für Zahl, und die {width} Produkte werden addiert: Je besser ein Wort hat, was gesucht wird, desto größer ist seine Summe.",
        },
        directions: {
          title: "Dasselbe ohne Achsen",
          sentence:
            "Welche Zahl welche ist, bedeutet nichts: Dreht man alle Abfragen und Schlüssel gleich, bleibt jede Summe, wie sie ist. Hier wird die Summe so aufgeteilt, dass es nicht von dieser Wahl abhängt.",
        },
        sources: {
          title: "Woher der Score kommt",
          sentence:
            "x ist eine Summe von allem, was hineingeschrieben wurde. Also lässt sich auch der Score aufteilen: danach, was jedes Wort ist und wo es steht, oder danach, wer es geschrieben hat.",
        },
        scaled: {
          title: "Geteilt durch √{width}",
          sentence:
            "Die meisten Modelle teilen die Summen durch √{width}, damit breite Köpfe keine größeren Summen liefern als schmale; sonst würde die größte Summe fast alles bekommen.",
        },
        parts: {
          title: "Der Score, Teil für Teil",
          sentence:
            "Ein Score kann mehr Teile haben als den, wie gut Abfrage und Schlüssel zusammenpassen: wie weit die Wörter auseinanderstehen, was der Kopf gelernt hat zu addieren, und −∞, wo ein Wort nicht angeschaut werden darf.",
        },
        softmax: {
          title: "Softmax: Anteile von eins",
          sentence:
            "Softmax macht aus den Scores Anteile von eins: e hoch jeden Score, geteilt durch die Summe von allen. Ein um 1 höherer Score bedeutet das 2,7-fache Gewicht.",
        },
        values: {
          title: "Jeder Wert mal sein Gewicht",
          sentence:
            "{word} nimmt den Wert von jedem Wort, so viel davon, wie das Gewicht sagt, und addiert alles.",
        },
        joined: {
          title: "Die Köpfe, zusammengefügt",
          sentence:
            "Alle Köpfe der Schicht tun das gleichzeitig, jeder mit eigenen Tabellen; ihre Ergebnisse werden hintereinandergelegt.",
        },
        output: {
          title: "W^O: was dieser Kopf schreibt",
          sentence:
            "Eine letzte Tabelle, W^O, macht aus dem Ergebnis wieder Zahlen für den Vektor des Wortes. Jeder Kopf hat darin seine eigenen Zeilen. Deshalb lässt sich sagen, was jeder Kopf schreibt und was davon woher kommt.",
        },
        stream: {
          title: "Was zum Vektor dazukommt",
          sentence:
            "Was alle Köpfe geschrieben haben, wird zum Vektor von {word} addiert: Damit arbeitet der nächste Teil der Schicht.",
        },
      },
    },
  },

  change: {
    title: "Was wäre, wenn?",
    intro:
      "Ändere etwas im Inneren des Modells, und es rechnet von dort aus neu. Was du änderst, steht hier; was daraus wird, steht daneben.",
    cause: "Was du änderst",
    consequence: "Was daraus wird",
    tools: {
      link: "Gewichte",
      head: "Ein Kopf",
      layer: "Eine Schicht",
      word: "Ein Wort",
      swap: "Tausch",
    },
    tool: "Was geändert wird",

    linkIntro:
      "In {head} schaut {query} auf diese Wörter. Zieh an einem Gewicht oder kappe eine Verbindung.",
    drag: (query, key) => `Gewicht von „${key}“ für „${query}“`,
    hidden: "kann nicht angeschaut werden",
    cut: "Kappen",
    cutName: (query, key) => `„${query}“ → „${key}“ kappen`,
    showAll: (count) => `Alle ${count} Token zeigen`,
    settings: "Wie es gemacht wird",
    dragged: "Wenn an einem Gewicht gezogen wird",
    othersShare: "die anderen teilen sich den Rest",
    othersKeep: "die anderen behalten ihres",
    cutHow: "Eine Verbindung wird gekappt",
    how: {
      before: "vor dem Softmax: das Gewicht wird unter den anderen aufgeteilt",
      after: "nach dem Softmax: das Gewicht geht verloren",
      renormalized: "nach dem Softmax, und die Zeile wird durch ihre Summe geteilt",
    },
    cutWhere: "Wo",
    thisHead: (head) => `nur ${head}`,
    thisLayer: (layer) => `alle Köpfe von Schicht ${layer}`,
    everywhere: "alle Köpfe aller Schichten",
    inLayers: (layers) => `alle Köpfe von Schicht ${layers}`,

    headIntro: "Schalte {head} stumm: Was er liefert, wird ersetzt, egal wohin er schaut.",
    silence: (what) => `${what} stummschalten`,
    layerIntro: (layer) => `Nimm einen Teil von Schicht ${layer} heraus.`,
    part: {
      attention: "Aufmerksamkeit",
      mlp: "Feed-Forward-Teil",
      both: "Aufmerksamkeit und Feed-Forward-Teil",
    },
    partLabel: "Welcher Teil",
    partOfLayer: (part, layer) => `${part} von Schicht ${layer}`,
    byLabel: "An der Stelle steht dann",
    by: {
      zero: "null, was ein Modell dort vielleicht nie gesehen hat",
      mean: "der Mittelwert über die Token dieses Satzes",
      resample: "was ein anderer Satz dort hat",
    },
    forLabel: "für",
    allWords: "alle Wörter",
    onlyFor: (word) => `nur „${word}“`,

    wordIntro: "Verdecke ein Wort, für das ganze Modell.",
    wordLabel: "Welches Wort",
    mask: (word) => `„${word}“ verdecken`,
    maskHow: "Wie",
    maskVector: "sein Vektor wird vor Schicht 0 herausgenommen",
    maskLooks: "kein Wort darf darauf schauen, in keinem Kopf",

    swapIntro: "Setz das, was ein Wort hat, an die Stelle von dem, was ein anderes hat.",
    swapWhat: "Ersetze",
    site: {
      k: "Schlüssel",
      v: "Wert",
      q: "Abfrage",
      mixed: "Ausgabe",
    },
    swapOf: "von {head} bei",
    swapFrom: "durch das von",
    swapOther: "derselben Stelle in einem anderen Satz",
    otherSentence: "Ein anderer Satz",
    swap: "Tauschen",
    noSelf: "Wähle ein anderes Wort oder einen anderen Satz",

    changes: "Deine Änderungen",
    none: "Noch ist nichts geändert.",
    remove: (change) => `Entfernen: ${change}`,
    undo: "Rückgängig",
    redo: "Wiederholen",
    removeAll: "Alle entfernen",
    copyTypescript: "Als TypeScript kopieren",
    copyCommand: "Als Befehl kopieren",
    copyLink: "Link kopieren",
    saveFile: "Als Datei speichern",
    copied: "Kopiert",
    notCopied: "Der Browser erlaubt hier kein Kopieren. Markiere das und kopiere es:",

    saidCut: (query, key, where, how) => `„${query}“ → „${key}“ gekappt (${where}), ${how}`,
    saidHidden: (key) => `kein Wort schaut auf „${key}“`,
    saidWeight: (query, key, head, value, rest) =>
      `„${query}“ → „${key}“ in ${head} auf ${value} gesetzt; ${rest}`,
    saidSilenced: (what, by, whom) =>
      `${what} stummgeschaltet für ${whom}; an der Stelle steht: ${by}`,
    saidMasked: (word, by) => `Vektor von „${word}“ herausgenommen; an der Stelle steht: ${by}`,
    saidSwapped: (site, heads, word, from) =>
      `${site} von ${heads} bei „${word}“ ersetzt, Quelle: ${from}`,
    fromWord: (word) => `„${word}“`,
    fromText: (text) => `der Satz „${text}“`,

    waiting: "Das braucht das Modell; es lädt noch.",
    nothing:
      "Kappe eine Verbindung oder schalte einen Kopf stumm: Was daraus wird, siehst du zuerst dort, wo du es geändert hast, dann Schicht für Schicht, dann am Ende.",
    failed: "Das ließ sich nicht berechnen:",
    at: "Bei {query} drehen sich die Vektoren weg von dem, was sie waren. 0° ist keine Änderung, bei 90° gibt es nichts Gemeinsames mehr.",
    elsewhere: (word) => `Sieh es dir bei „${word}“ an, wo es geändert wurde`,
    station: {
      heads: (heads) => `Ausgabe von ${heads}`,
      someHeads: "Ausgabe der Köpfe",
      attention: (layer) => `Ausgabe aller Köpfe von Schicht ${layer}`,
      layer: (layer) => `Vektor hinter Schicht ${layer}`,
      final: "letzter Vektor",
      sentence: "Satzvektor",
    },
    gone: "jetzt lauter Nullen",
    turned: (angle, cosine) => `um ${angle} gedreht (Kosinus ${cosine})`,
    turnedBeside: (angle, cosine, median, low, high) =>
      `um ${angle} gedreht (Kosinus ${cosine}); andere um ${median}, die meisten zwischen ${low} und ${high}`,
    thisChange: "diese Änderung",
    randomMiddle: "die Mitte von anderen dieser Art",
    randomRange: "wo 90 von 100 davon liegen",
    comparing: "Wird mit anderen dieser Art verglichen …",
    besides: (count, said) => `Andere dieser Art zum Vergleich: ${count} (auf Englisch: ${said}).`,
    noControls: "Es gibt keine anderen dieser Art, mit denen man es vergleichen könnte.",
    small: (what, angle, median) =>
      `Klein: Drehung um ${angle} (${what}). Von anderen dieser Art dreht die Hälfte um ${median} oder mehr.`,
    usual: (what, angle, median) =>
      `Dazwischen: Drehung um ${angle} (${what}), mehr als bei der Hälfte der anderen dieser Art (dort: ${median} oder weniger), aber nicht mehr als bei fast allen.`,
    large: (what, angle, high) =>
      `Groß: Drehung um ${angle} (${what}). Von anderen dieser Art drehen 95 von 100 um ${high} oder weniger.`,
    plain: (what, angle) => `Drehung um ${angle} (${what}).`,
    why: (heads, one, count, all, vector) =>
      `Warum: Die Ausgabe von ${heads} hat sich um ${one} gedreht, aber das ist nur einer von ${count} Köpfen, und zusammen haben sie sich um ${all} gedreht; sie werden zu dem addiert, was das Wort schon hatte, und das hat sich um ${vector} gedreht.`,
    outcomes: "Was das Modell sagt",
    outOfReach: (what) =>
      `Unverändert: ${what}. Geändert wurde in der letzten Schicht, bei einem anderen Token, und dort bleibt es: Es folgt keine Schicht, in der andere darauf schauen.`,
    before: "vorher",
    after: "nachher",
    nextWord: "nächstes Wort",
    asClass: "Klasse",
    metric: (name, before, after) => `${name}: ${before} → ${after}`,
    foretold: (after) => `Gradienten, die nur kleine Änderungen kennen, sagten ${after} voraus.`,
    asLarge: (count, of) =>
      plural(count, {
        one: `${count} von ${of} anderen bewegt es genauso stark.`,
        other: `${count} von ${of} anderen bewegen es genauso stark.`,
      }),
    here: "Wo es geändert wurde",
    there: (word) => `Bei „${word}“`,
    firstGone: (where, what) => `${where}: jetzt lauter Nullen (${what}).`,
    firstAt: (where, what, angle) => `${where}: Drehung um ${angle} (${what}).`,
    firstBeside: (where, what, angle, median) =>
      `${where}: Drehung um ${angle} (${what}); andere dieser Art drehen um ${median}.`,
    numbers: (heads, word, count) => `Die ${count} Zahlen, die „${word}“ von ${heads} bekommt`,
  },

  heads: {
    title: "Andere Köpfe",
    intro: (count) =>
      `Dieses Modell liest den Satz mit ${count} Köpfen. Jeder schaut auf seine eigene Weise. Tippe auf einen Kopf, um ihn zu öffnen.`,
    shadeBy: "Zeige",
    measures: {
      pattern: "das Muster jedes Kopfes",
      key: (key) => `wie viel er auf ${key} schaut`,
      entropy: "wie breit er schaut",
      distance: "wie weit er schaut",
      first: "Anteil auf dem ersten Token",
      special: "Anteil auf Sondertoken",
      silenced: "was sich ohne ihn ändert",
      gradient: "Gradient × Gewicht",
    },
    says: {
      pattern:
        "Zeilen schauen, Spalten werden angeschaut. Dunkler oder heller ist mehr, wie der Balken unten sagt.",
      key: (query, key) =>
        `Wie viel von seiner Aufmerksamkeit ${query} an ${key} gibt, in jedem Kopf.`,
      entropy: (query) =>
        `Wie gleichmäßig ${query} seine Aufmerksamkeit verteilt (Entropie, in Nats): 0 heißt alles auf einem Wort, mehr heißt breiter.`,
      distance: (query) =>
        `Wie viele Token die Wörter, auf die ${query} schaut, im Schnitt entfernt sind.`,
      first: (query) =>
        `Wie viel seiner Aufmerksamkeit ${query} dem ersten Token gibt. Köpfe von Modellen, die vorwärts lesen, ruhen dort.`,
      special: (query) =>
        `Wie viel von seiner Aufmerksamkeit ${query} an Token gibt, die keine Wörter sind, zum Beispiel [CLS] und [SEP].`,
      silenced:
        "Wie stark sich das Ergebnis ändert, wenn der Kopf nichts sagt: Jeder Kopf wird einmal ausgeschaltet.",
      gradient: (query, key) =>
        `Wie viel jeder Kopf dazu beiträgt, dass ${query} am Ende ${key} ähnlich ist: seine Gewichte mal ihre Gradienten. Unter 0 hält er sie auseinander. Das sagt kleine Änderungen voraus.`,
    },
    short: {
      entropy: "Entropie",
      distance: "Entfernung",
      first: "auf dem ersten Token",
      special: "auf Sondertoken",
      silenced: "Änderung ohne ihn",
      gradient: "Beitrag (Gradient × Gewicht)",
    },
    order: "Reihenfolge",
    orders: { layers: "nach Schicht", most: "größte zuerst", least: "kleinste zuerst" },
    hideBelow: "Abblenden unter",
    working: (done, of) => `${done} von ${of} Köpfen ausprobiert`,
    needsModel: "Das braucht das Modell, und das lädt noch.",
    loading: "Die Köpfe erscheinen, wenn das Modell den Satz gelesen hat.",
    failed: (reason) => `Das ließ sich nicht messen: ${reason}`,
    label: "Alle Köpfe: Mit den Pfeiltasten wählst du einen",
    unknown: "noch nicht bekannt",
    thePattern: "sein Muster",
    rank: (rank, of) => `Nummer ${rank} von ${of}`,
    opened: (head, layer, number) => `${head}: Schicht ${layer}, Kopf ${number}`,
    everyone: (some, all, key) =>
      `${some} von ${all} Token dieses Satzes schauen auf „${key}“ mehr als auf alles andere.`,
    most: (head, value) => `Am meisten: ${head}, ${value}`,
    mostly: (does) => `Über alle Wörter dieses Satzes gilt meistens: Er ${does}.`,
    names: {
      previous: "1 zurück",
      next: "1 weiter",
      itself: "selbst",
      duplicate: "nochmal",
      induction: "danach",
      sameWord: "Wort",
      sameToken: "gleich",
      delimiter: "Kommas",
      punctuation: "Zeichen",
      broad: "überall",
      back: (count) => `${count} zurück`,
      ahead: (count) => `${count} weiter`,
      sink: (token) => token,
      sinkFirst: "das erste",
    },
    does: {
      previous: "schaut auf das Token davor",
      next: "schaut auf das Token danach",
      itself: "schaut auf das Wort selbst",
      duplicate: "schaut auf das gleiche Token an anderer Stelle",
      induction: "schaut auf das, was an anderer Stelle nach dem gleichen Token kam",
      sameWord: "schaut auf andere Teile desselben Wortes",
      sameToken: "schaut auf das gleiche Token im anderen Text",
      delimiter: "schaut auf Kommas, Punkte und Ähnliches",
      punctuation: "schaut auf Satzzeichen",
      broad: "schaut auf fast alles gleich stark",
      back: (count) => `schaut ${count} Token zurück`,
      ahead: (count) => `schaut ${count} Token weiter`,
      sink: (token) => `ruht auf ${token}`,
      sinkFirst: "ruht auf dem ersten Token",
    },
    pictures: "Wie der Kopf gezeichnet wird",
    map: "Karte",
    lines: "Linien",
    keep: (head) => `Die Linien von ${head} behalten`,
    keepSays:
      "Behalte mehrere Köpfe, um ihre Linien zusammen zu sehen, jeden in seiner eigenen Farbe.",
    linesSay: {
      looking: "Wörter, die schauen",
      lookedAt: "Wörter, die angeschaut werden",
      between: "Zwischen den Sätzen",
      all: "alle",
      looks: (word) => `${word} schaut auf`,
      isLookedAt: (word) => `${word} wird angeschaut von`,
      leftOut: (drawn, all) => `Gezeichnet sind hier die ${drawn} stärksten von ${all} Linien.`,
    },
    links: "Stärkste Verbindungen",
    linksLabel: "Stärkste Verbindungen des Kopfes: Wähle eine, um ihre Wörter anzuheften",
    linksSpecial: "mit Sondertoken",
    linksRest: "mit dem ersten Wort, auf dem Köpfe ruhen",
    linksNone: "Hier schaut kein Wort auf ein anderes.",
  },

  compare: {
    title: "Vergleichen",
    intro: "Stell einen zweiten Satz neben deinen und sieh, was anders wird und wo.",
    choose: "Was verglichen wird",
    sentence: "Ein anderer Satz",
    change: "Vor und nach meinen Änderungen",
    other: "Der zweite Satz",
    compare: "Vergleichen",
    tries: "Probier:",
    examples: {
      bank: "bank am Fluss, bank mit Geld",
      tired: "tired (müde) oder dirty (schmutzig)",
    },
    first: "Dein Satz",
    second: "Der zweite Satz",
    before: "Dein Satz, vorher und nachher",
    chooseWord: (where) => `${where}: Tippe auf ein Wort, um es zu vergleichen`,
    working: "Der zweite Satz wird gelesen.",
    failed: (reason) => `Das ließ sich nicht vergleichen: ${reason}`,
    needsModel: "Das braucht das Modell, und das lädt noch.",
    alike: "Wie ähnlich sich die beiden Wörter sind",
    alikeSays: (first, second, start, end) =>
      `Die Ähnlichkeit von „${first}“ und „${second}“ ist ${start}, wenn sie ins Modell kommen, und ${end} am Ende. 1 heißt gleich, 0 heißt nichts gemeinsam (Kosinus).`,
    alikeChanged: (word, start, end) =>
      `„${word}“ mit und ohne deine Änderungen: Die Ähnlichkeit ist ${start}, wenn es ins Modell kommt, und ${end} am Ende. 1 heißt gleich (Kosinus).`,
    alikeLabel: (values) => `Wie ähnlich, vom Embedding bis zum Ende: ${values}`,
    embedding: "Start",
    layer: (layer) => `L${layer}`,
    end: "Ende",
    looks: (head) => `Wohin jedes in ${head} schaut`,
    word: "Wort",
    inFirst: "erster",
    inSecond: "zweiter",
    beforeColumn: "vorher",
    afterColumn: "nachher",
    difference: "Unterschied",
    looksSays:
      "Blau nach links: wird im zweiten weniger angeschaut. Rot nach rechts: wird mehr angeschaut.",
    leftOut: (count) => `Weggelassene Wörter, die mit den kleinsten Unterschieden: ${count}.`,
    missing: "–",
    heads: "In welchen Köpfen es woandershin schaut",
    headsSays:
      "Der Anteil der Aufmerksamkeit eines Kopfes, der im zweiten an andere Wörter geht: 0 heißt gleich, 1 heißt ganz woandershin.",
    elsewhere: "schaut woandershin",
  },

  models: {
    title: "Modelle",
    loads: "Ein Modell wird geladen.",
    now: (name, type, backend) => `Jetzt: ${name} (${type}), berechnet mit ${backend}.`,
    embedded: "Zurück zu dem Modell, das mit dieser Seite kommt",
    stories: "heed-stories, das kleine Geschichten schreibt (kommt mit, 4 MB)",
    hub: "Vom Hub",
    id: "Name: Besitzer/Name",
    revision: "Revision",
    token: "Zugangstoken, für Modelle, die eines verlangen",
    load: "Laden",
    hubSays:
      "Die Dateien kommen von huggingface.co in diesen Browser und werden hier aufbewahrt. Ein Zugangstoken geht nur an den Hub und wird vergessen, wenn die Seite geschlossen wird.",
    files: "Deine eigenen Dateien",
    drop: "Zieh den Ordner eines Checkpoints hierher: config.json, die Gewichte (.safetensors oder .bin), den Tokenizer. Sie bleiben auf diesem Computer.",
    pickFolder: "Einen Ordner wählen",
    pickFiles: "Dateien wählen",
    kept: "In diesem Browser aufbewahrt",
    nothingKept: "Noch nichts.",
    size: (megabytes) => `${megabytes} MB`,
    remove: "Entfernen",
    removeNamed: (name) => `${name} entfernen`,
    removed: (name) => `${name} wurde entfernt.`,
    linkOfFiles: (name) =>
      `Der Link nennt Dateien („${name}“), die auf einem anderen Computer liegen. Zieh sie unter „Andere Modelle“ auf die Seite.`,
    planner: {
      title: "Was Modelle brauchen",
      says: "Keine Gewichte werden gelesen: Der Vorwärtsdurchlauf jedes Modells wird aus seinen Maßen aufgezeichnet und gezählt.",
      waits: "Wird gezählt …",
      failed: "Das ließ sich nicht zählen:",
      memoryOf: (name) => `Speicher eines Durchlaufs: ${name}`,
      load: (name) => `${name} laden`,
      backTo: (name) => `Zurück zu ${name}`,
      upTo: "Bis zu, in Tokens",
      tokens: "Tokens",
      pictures: "Bilder auf einmal",
      at: (count, axis) => `Bei ${count} (${axis}):`,
      lines: {
        float32: "Gewichte als float32",
        float16: "Gewichte als float16",
        int8: "Gewichte als int8",
        attention: "alle Attention-Gewichte",
      },
      legend:
        "Die ersten drei sind die gelernten Gewichte in diesem Typ, dazu was ein Durchlauf höchstens auf einmal hält und, wo Text erzeugt wird, die aufbewahrten Keys und Values (beides float32). Die letzte Linie ist, was es zusätzlich braucht, jedes Attention-Gewicht aller Schichten und Köpfe zu behalten.",
      numbers: "Die Zahlen",
      known: (models, families) => `Bekannte Modelle: ${models}, aus ${families} Familien`,
      kinds: {
        decoder: "Decoder schreiben weiter: jedes Token sieht die davor",
        encoder: "Encoder lesen: jedes Token sieht alle",
        both: "Encoder und Decoder: ein Text wird ganz gelesen, ein anderer geschrieben",
        sound: "Ton: eine halbe Minute wird gehört, Text wird geschrieben",
        images: "Bilder: Flecken sehen einander",
        towers: "Bilder und Texte: zwei Türme treffen sich in einem Raum",
      },
      columns: {
        model: "Modell",
        parameters: "Parameter",
        layers: "Schichten",
        heads: "Köpfe × Breite",
        longest: "längstens",
        here: "heed",
      },
      any: "beliebig",
      runs: "führt es aus",
      counted: "zählt es nur",
      verified: (passes, sites, difference) =>
        `${passes} ${plural(passes, { one: "Durchlauf", other: "Durchläufe" })} in PyTorch aufgezeichnet, an ${sites} Stellen verglichen: höchstens ${difference} des größten Wertes Unterschied`,
      notVerified: "nicht mit PyTorch verglichen",
      unknown:
        "GPT-4 fehlt in der Tabelle: Veröffentlicht ist nur, wie lang seine Texte sein dürfen, also gibt es nichts zu zählen.",
    },
  },

  learn: {
    title: "Lernen",
    waits: "Die Tour beginnt, wenn das Modell geladen ist.",
    stops: "Stationen der Tour",
    stop: (number) => `Station ${number}`,
    back: "Zurück",
    next: "Weiter",
    know: "Was du jetzt weißt:",
    failed: "Die Zahlen dieser Station ließen sich nicht berechnen:",
    doesNotHold:
      "Bei diesem Modell stimmt nicht, was diese Station erzählt. Wähle all-MiniLM-L6-v2 unter „Andere Modelle“, oder geh weiter.",
    reveal: "Zeigen, was das Modell macht",
    guessLabel: (word) => `Wie viel „it“ auf „${word}“ schaut`,
    yours: "du",
    measured: "das Modell",
    madeUp: "von einem Artikel erfunden, für „cat“",
    tell: "Sag mir, wo sie sind",
    thisHead: (head, previous, special, cat) =>
      `${head}: Im Schnitt geben Wörter ${previous} an das Wort davor, ${special} an [CLS] und ${cat} an „cat“.`,
    goals: {
      previous: "einen Kopf, in dem fast jedes Wort auf das Wort davor schaut",
      special: "einen Kopf, in dem die Wörter auf [CLS] schauen, das gar kein Wort ist",
      cat: "einen Kopf, in dem alle auf „cat“ schauen",
    },
    stations: {
      guess: {
        title: "Wohin schaut „it“?",
        do: "Lies den Satz. An welche Wörter denkst du bei „it“?",
        hand: "Zieh an den Reglern: Die Anteile ergeben zusammen immer 1.",
        see: "Das Modell gibt „cat“ {cat} und „mat“ {mat}. Ein Artikel, der das alles erklärt hat, hat seine Zahlen erfunden; diese hier werden berechnet.",
        know: "Aufmerksamkeit (Attention) ist eine Zeile wie diese: für ein Wort, wie viel es von jedem Wort nimmt. Die Zeile ergibt zusammen 1. Das Modell macht für jedes Wort {rows} solche Zeilen; das ist eine davon.",
        actions: {},
      },
      swap: {
        title: "Ein Wort ändert die Wahl",
        do: "Nur ein Wort des Satzes wird sich ändern.",
        hand: "Tippe und beobachte die Zahlen unter „cat“ und „mat“.",
        see: {
          tired: "tired (müde): cat {tiredCat}, mat {tiredMat}.",
          dirty: "dirty (schmutzig): cat {dirtyCat}, mat {dirtyMat}.",
          warm: "warm (warm): cat {warmCat}, mat {warmMat}, und das ist kaum eine Wahl.",
        },
        know: "Niemand hat eine Regel geschrieben wie „Matten sind nie müde“. Die Zeile entsteht aus gelernten Zahlen, und manchmal, wie bei „warm“, treffen sie keine Wahl.",
        actions: { tired: "it was tired", dirty: "it was dirty", warm: "it was warm" },
      },
      place: {
        title: "Eine Liste von Zahlen und ein Platz",
        do: "Im Satz steht zweimal „the“.",
        hand: "Tippe auf das eine, dann auf das andere: Schauen sie auf dieselben Wörter?",
        see: {
          second:
            "Nein: {elsewhere} ihrer Aufmerksamkeit geht woandershin. Es ist dasselbe Wort, aber die Ähnlichkeit der Zahlenlisten, mit denen sie beginnen, ist nur {alike}; 1 wäre die gleiche Liste.",
        },
        know: "Ein Wort kommt als Liste von {width} Zahlen ins Modell, das ist sein [vector|Vektor]: die Zahlen dafür, was es ist, plus die Zahlen dafür, wo es steht. Die kleinen Stücke, die so einen haben, heißen [token|Token] und werden ab 0 gezählt.",
        actions: {
          first: "das erste „the“",
          second: "das zweite „the“",
          swapped: "„cat“ und „mat“ vertauschen",
        },
      },
      product: {
        title: "Eine Summe von Produkten",
        do: "Unten entsteht eine Zahl: Eingaben mal Gewichte, addiert.",
        hand: "Beweg eine davon und beobachte die Summe.",
        see: "Im Modell passiert dasselbe mit {terms} Eingaben, und das {numbers}-mal, jedes Mal mit anderen Gewichten.",
        know: "Diese {numbers} Summen sind die [query|Abfrage] von „it“: wonach dieses Wort sucht. Die Tabelle mit allen Gewichten ist eine [matrix|Matrix], W^Q. Sie wurde gelernt: Niemand hat ihre Zahlen ausgesucht.",
        actions: {},
      },
      key: {
        title: "Wie ein Wort gefunden wird",
        do: "Jedes Wort hat auch einen [key|Schlüssel], den eine andere Matrix macht. Setz den Schlüssel von „mat“ an die Stelle des Schlüssels von „cat“.",
        see: {
          exchange:
            "Das Gewicht von „cat“ geht von {before} auf {after}: Gefunden wird es über seinen Schlüssel, und jetzt sieht es aus wie „mat“. Was von ihm genommen würde, hat sich nicht geändert.",
        },
        know: "Abfrage mal Schlüssel, Zahl für Zahl und addiert, ist ein [score|Score]: wie gut das Gesuchte zum Angebotenen passt. Am Schlüssel wird ein Wort gefunden.",
        actions: {
          exchange: "„cat“ den Schlüssel von „mat“ geben",
          back: "zurücknehmen",
        },
      },
      softmax: {
        title: "Von Scores zu Anteilen",
        do: "Scores können beliebige Zahlen sein; Anteile müssen zusammen 1 ergeben.",
        hand: "Schalte das Teilen aus oder zieh an einem Score und beobachte die Zeile.",
        see: "Jeder Score wurde durch √{width} = {root} geteilt, weil eine Abfrage {width} Zahlen hat. So hat „cat“ {with}. Ohne das Teilen hätte es {without}: fast alles.",
        know: "[softmax|Softmax] macht aus Scores Anteile, die zusammen 1 ergeben. Das Teilen verhindert, dass nur ein einziges Wort gewählt wird.",
        actions: {},
      },
      value: {
        title: "Was mitgenommen wird",
        do: "Jedes Wort hat eine dritte Liste, seinen [value|Wert]. Setz den Wert von „mat“ an die Stelle des Wertes von „cat“.",
        see: {
          exchange:
            "Das Gewicht von „cat“ bleibt {before}, bis auf die letzte Stelle. Aber das, was die Aufmerksamkeit zu „it“ addiert, hat mit vorher nur noch die Ähnlichkeit {attention}.",
        },
        know: "Gewichte sagen, von wem; ein Wert ist das, was mitgenommen wird. „it“ bekommt jeden Wert mal sein Gewicht, addiert.",
        actions: {
          exchange: "„cat“ den Wert von „mat“ geben",
          back: "zurücknehmen",
        },
      },
      heads: {
        title: "Viele Köpfe",
        do: "Das Modell hat für jedes Wort viele Zeilen, eine pro [head|Kopf].",
        hand: "Öffne den Namen des Kopfes über dem Satz, sieh dich um und finde drei davon:",
        see: "In {previousHead} bekommt das Wort davor im Schnitt {previous}, in {specialHead} bekommt [CLS] {special}, in {catHead} bekommt „cat“ {cat}.",
        know: "Köpfe haben Gewohnheiten. In {catHead} schauen alle auf „cat“, ob sie es meinen oder nicht: Ein leuchtender Kopf muss nichts bedeuten. Die [special|Sondertoken] [CLS] und [SEP] sind keine Wörter; Köpfe schauen dorthin, wenn sie nichts zu sagen haben.",
        actions: {},
      },
      far: {
        title: "Weit, auf einmal, je nach Zusammenhang",
        do: "Setz vierzehn Wörter zwischen „cat“ und „it“.",
        see: {
          far: "„it“ gibt „cat“ immer noch {cat} und „mat“ {mat}. Ferne Wörter werden in einem Schritt erreicht, alle Wörter auf einmal.",
        },
        know: "Schicht für Schicht nimmt jedes Wort seinen Satz in sich auf: „bank“ am Fluss und „bank“ mit Geld beginnen mit der Ähnlichkeit {first} und enden mit der Ähnlichkeit {last}.",
        actions: { near: "ohne sie", far: "mit vierzehn Wörtern dazwischen" },
      },
      effect: {
        title: "Ein Gewicht ist keine Wirkung",
        do: "Kappe in diesem Kopf die schöne Verbindung von „it“ zu „cat“. Schalte dann den Kopf stumm, in dem alle auf „cat“ schauen. Setze zuletzt Zufallszahlen an die Stelle der Matrix, die die Queries dieses Kopfes macht.",
        see: {
          cut: "Mit gekappter Verbindung behält der Vektor des Satzes eine Ähnlichkeit von {cut} mit vorher.",
          silence:
            "Ist nur dieser eine Kopf stumm, ist die Ähnlichkeit des Satzes mit vorher bloß {silence}.",
          scramble:
            "Mit einer zufälligen Matrix wird die Zeile flach: Kein Wort bekommt mehr als {random}; vorher war {learned} das Meiste, und {even} wäre ein gleicher Anteil.",
        },
        know: "Ein Gewicht sagt, wohin ein Kopf schaut, nicht, was daraus wird. Um zu wissen, was zählt, muss man es ändern und nachsehen. Und jetzt weißt du, was eine gelernte Matrix ist: Zahlen, im Training gefunden, die bestimmen, wonach gesucht wird, wie es gefunden wird und was mitgenommen wird.",
        actions: {
          cut: "„it“ → „cat“ kappen",
          silence: "L5H11 stummschalten",
          scramble: "Zufallszahlen als Abfrage-Matrix",
          back: "zurücknehmen",
        },
      },
    },
    quiz: {
      title: "Fünf Fragen",
      do: "Ein Satz, den du noch nicht gesehen hast.",
      hand: "Antworte, indem du ihn antippst, und die Seite prüft es: Ein Wort zeigt, wohin es schaut, eine Zahl heftet ihr Wort an; ⇄ ändert ein Wort, und der Name des Kopfes darüber führt zu anderen Köpfen.",
      questions: {
        look: "Hol die Zeile von „it“ auf den Bildschirm.",
        most: "Hefte in L3H1 das Wort an, auf das „it“ am meisten schaut.",
        move: "Ändere ein Wort, sodass „it“ am meisten auf „sofa“ schaut.",
        previous: "Wähle einen Kopf, in dem die Wörter auf das Wort davor schauen.",
        silence: "Schalte einen Kopf stumm, dessen Schweigen den Satz stark bewegt.",
      },
      silence: (head) => `${head} stummschalten`,
      tried: (head, likeness) =>
        `Ohne ${head} hat sich der Vektor des Satzes kaum bewegt: Seine Ähnlichkeit mit vorher ist ${likeness}. Such einen anderen.`,
      result: (right, of) =>
        right === of ? "Alle fünf. Du kannst Aufmerksamkeit jetzt lesen." : `${right} von ${of}`,
    },
  },

  terms: {
    vector:
      "Ein Vektor ist eine Liste von Zahlen in fester Reihenfolge, hier für jedes Wort gleich lang.",
    token:
      "Ein Token ist ein Stück Text mit einer eigenen Nummer: meistens ein Wort, manchmal ein Teil davon oder ein Zeichen wie [CLS], das den Anfang markiert.",
    query:
      "Die Abfrage (Query) eines Wortes ist eine kurze Liste von Zahlen, die sagt, wonach dieses Wort sucht.",
    matrix:
      "Eine Matrix ist eine Tabelle von Zahlen; eine Liste mal eine Matrix ist eine andere Liste.",
    key: "Der Schlüssel (Key) eines Wortes ist eine kurze Liste von Zahlen, die sagt, woran man dieses Wort findet.",
    score:
      "Ein Score ist eine Zahl für ein Paar von Wörtern: die Produkte von Abfrage und Schlüssel, addiert.",
    softmax:
      "Softmax nimmt e hoch jeden Score und teilt durch die Summe von allen: Größere Scores bekommen viel größere Anteile.",
    value:
      "Der Wert (Value) eines Wortes ist eine kurze Liste von Zahlen: das, was andere von ihm nehmen.",
    head: "Ein Kopf (Head) ist ein Satz von Abfragen, Schlüsseln und Werten, mit einer Zeile von Gewichten für jedes Wort. Eine Schicht hat mehrere Köpfe.",
    special:
      "[CLS] steht vor jedem Text und [SEP] dahinter: Sie gehören zum Modell, nicht zum Satz.",
  },

  talk: {
    title: "Ein Vortrag",
    intro:
      "Ein Vortrag ist eine Liste von Ansichten. „Zum Vortrag“ im Menü nimmt auf, was zu sehen ist, welches Feld auch offen ist; hier werden sie geordnet und als eine Seite gespeichert, die kein Netz braucht.",
    add: "Den Satz aufnehmen, wie er jetzt ist",
    addView: "Zum Vortrag",
    added: (title) => `Aufgenommen: ${title}`,
    save: "Den Vortrag als eine Seite speichern",
    none: "Noch keine Ansichten.",
    titleOf: (number) => `Titel der Ansicht ${number}`,
    open: "Zeigen",
    earlier: (number) => `Ansicht ${number} früher`,
    later: (number) => `Ansicht ${number} später`,
    remove: (number) => `Ansicht ${number} entfernen`,
    notKept:
      "Dieser Browser bewahrt nichts mehr auf: Der Vortrag bleibt, bis die Seite geschlossen wird. Speichere ihn.",
    failed: (reason) => `Diese Ansicht ließ sich nicht aufnehmen: ${reason}`,
    live: "lebendig",
    keys: "Pfeiltasten oder ein Klicker führen durch den Vortrag, f füllt den Bildschirm",
  },

  train: {
    title: "Trainieren",
    intro:
      "Ein Modell beginnt als Tabellen voller Zufallszahlen. Hier lernt ein kleines, während du zusiehst: auf dieser Seite, auf diesem Rechner.",
    anew: (name) =>
      `Der Link führt zu „${name}“, einem Modell, das auf einer Seite trainiert wurde. Seine Zahlen passen in keinen Link; neu trainiert, vom gleichen Startwert aus, wird es dasselbe.`,
    task: "Was es lernt",
    tasks: {
      world: "Was „it“ bedeutet",
      previous: "Der Buchstabe davor",
      repeat: "Was wiederkommt",
      sort: "Die Reihenfolge der Buchstaben",
    },
    taskSays: {
      world:
        "„The cat sat on the mat because it was tired. What was tired? The cat.“ (Die Katze, weil sie müde war.) Mit „dirty“ (schmutzig) ist es die Matte. Geprüft wird mit Paaren von Hauptwörtern, die es nie zusammen gesehen hat. Wer eines der beiden rät, hat zur Hälfte recht.",
      previous:
        "Jeder Buchstabe soll den davor sagen. Ein Kopf, der eins zurückschaut, genügt. Wer einen von 26 Buchstaben rät, trifft 0.04.",
      repeat:
        "Buchstaben kommen in einer Reihe und dann noch einmal. Ab dem zweiten Mal kann es den nächsten wissen. Wer einen rät, der dasteht, trifft höchstens ein Viertel.",
      sort: "Sechs Buchstaben sollen in die Reihenfolge des Alphabets. Wer einen davon rät, trifft ein Sechstel.",
    },
    seed: "Startwert: welche Zufallszahlen",
    start: "Trainieren",
    again: "Neu trainieren",
    shape: (family, layers, heads, width, steps, batch) =>
      `${family}: ${layers} ${plural(layers, { one: "Schicht", other: "Schichten" })} mit ${heads} ${plural(heads, { one: "Kopf", other: "Köpfen" })}, Listen von ${width} Zahlen je Wort. ${steps} Schritte, jeder aus ${batch} Beispielen.`,
    numbers: (count, backend) => `${count} Zahlen lernen, auf ${backend}`,
    loading: "Zufallszahlen werden gezogen.",
    progress: "Wie weit das Training ist",
    step: (step, steps) => `Schritt ${step} von ${steps}`,
    loss: (loss) => `Verlust ${loss}`,
    right: (share, chance) => `richtig ${share}, geraten ${chance}`,
    time: (time) => `${time} Training`,
    timeLeft: (time, left) => `${time}, noch etwa ${left}`,
    pause: "Pause",
    goOn: "Weiter",
    stop: "Beenden",
    phases: {
      training: "Es wird trainiert",
      paused: "Pause",
      stopped: "Beendet",
      done: "Fertig",
      failed: "Es ging schief",
    },
    spoken: (step, loss, right) => `Schritt ${step}, Verlust ${loss}, richtig ${right}`,
    failed: "Das hat nicht geklappt:",
    storiesTitle: "Ein Modell, das so entstand",
    storiesIntro:
      "heed-stories, das Sprachmodell, das mit heed kommt, hat heed selbst trainiert: mit kleinen Geschichten einer eigenen Grammatik – wer da ist, wohin sie gehen, wer den Ball hat, wer müde ist. Der Film davon liegt bei.",
    storiesWatch: "Zusehen, wie es lernte",
    storiesOpen: "Öffnen: Es schreibt Geschichten",
    film: {
      about: ({ family, layers, heads, width, seed }) =>
        `${family}, ${layers} ${plural(layers, { one: "Schicht", other: "Schichten" })} mit ${heads} ${plural(heads, { one: "Kopf", other: "Köpfen" })}, Breite ${width}, Startwert ${seed}`,
      step: "Schritt {step} von {steps}",
      right: "richtig: {share}",
      guessing: "geraten: {share}",
      loss: "Verlust: {loss} nats",
      slider: "Schritt",
      play: "Abspielen",
      pause: "Pause",
      course: "Wie es verlief",
      courseNote:
        "Dick: der Anteil richtiger Antworten auf Beispiele, die kein Schritt gesehen hat. Dünn: der Verlust, den das Training kleiner macht.",
      courseDashed: "Gestrichelt: Raten.",
      heads: "Alle Köpfe",
      headsChoose: "Wähle einen.",
      headsNote: "Jedes Quadrat zeigt, welches Wort (Zeile) auf welches schaut (Spalte).",
      sentence: "Satz",
      head: "Kopf {head}",
      spectrum: "1. Seine stärksten Richtungen",
      spectrumNote:
        "W^Q und W^K sind Tabellen von Zahlen. Multipliziert sagen sie, welche Wörter einander finden. Zufällige Tabellen haben viele etwa gleich starke Richtungen; Gelerntes steht in wenigen starken. Balken sind Anteile der größten.",
      largest: "{when}, größte {value}",
      before: "vorher",
      now: "jetzt",
      words: "2. Die Wörter entlang der Richtungen",
      wordsNote:
        "Entlang jeder Richtung fragen manche Wörter, und andere werden gefunden. Am Anfang sind es irgendwelche.",
      asks: "wer fragt",
      finds: "was gefunden wird",
      attention: "3. Wohin er schaut",
      attentionNote:
        "Eine Zeile ist das Wort, das schaut, eine Spalte das angeschaute; dunkler ist mehr.",
      measures: "Was er tut",
      measure: "Anteil seines Blicks",
      alike: "wer alle gleich anschaut",
    },
    askTitle: "Frag es",
    askIntro: "Wähle Wörter oder zieh eine Frage. Die Antwort steht unter dem Wort, das sie gibt.",
    slots: { animal: "Wer", thing: "Wo", adjective: "Es war …" },
    without: "Mit durchtrenntem Kopf",
    noneCut: "keiner durchtrennt",
    another: "Andere Frage",
    answer: (said, right) => `Es sagt ${said}. Richtig ist: ${right}.`,
    rightOf: (right, of) => `${right} von ${of} sind richtig.`,
    heldOut: "Kein Schritt des Trainings hatte so eine Frage.",
    learnedFrom: "Solche Fragen kamen im Training vor.",
    cutTitle: "Einen Kopf durchtrennen und sehen, wie es scheitert",
    cutIntro:
      "Ein Kopf nach dem anderen wird durchtrennt: Was er gibt, wird null. Dann werden alle Prüfungsfragen noch einmal gestellt.",
    cut: "Einen Kopf nach dem anderen durchtrennen",
    cutting: (done, of) => `${done} von ${of} …`,
    cutHead: "Durchtrennter Kopf",
    cutRight: "Richtige Antworten",
    cutFound: ({ head, left, whole, others, chance }) =>
      `Ohne ${head} ist der Anteil richtiger Antworten ${left}, mit allen Köpfen ${whole}. Ohne einen anderen Kopf ist er ${others} (Mitte), geraten ${chance}: ${head} macht die Arbeit.`,
    cutNone: ({ head, left, whole, others, chance }) =>
      `Kein Kopf macht es allein: ${whole} mit allen, ${left} ohne ${head}, der am meisten fehlt, ${others} ohne einen anderen (Mitte), ${chance} geraten.`,
    cutDashed: (answers, chance) =>
      `Anteile von ${answers} Antworten. Gestrichelt: Raten, ${chance}.`,
    openTitle: "Öffne es",
    openIntro:
      "Das trainierte Modell wird das Modell der Seite: „Warum?“, „Was wäre, wenn?“ und „Andere Köpfe“ zeigen dann dieses.",
    open: "Öffnen",
    saveFilm: "Den Film als Seite speichern",
    saveModel: "Die Dateien des Modells speichern",
    learnedTitle: "Was ist nun eine gelernte Gewichtsmatrix?",
    learnedMatrix:
      "W^Q · W^Kᵀ von {head} ist eine Tabelle von {width} × {width} Zahlen. Sie begannen als Zufall (Startwert {seed}): Die stärkste Richtung hatte die Stärke {before}, und die zwei stärksten machten {shareBefore} davon aus. Nach {step} Schritten hat die stärkste Richtung die Stärke {now}, und zwei machen {shareNow} aus.",
    learnedWords:
      "Entlang der stärksten fragen jetzt Wörter wie {asking}, und gefunden werden Wörter wie {found}.",
    learned:
      "Niemand hat diese Zahlen geschrieben. Jeder Schritt hat alle {parameters} Zahlen des Modells ein wenig verschoben, so dass richtige Antworten wahrscheinlicher wurden: Im ersten Bild waren {rightBefore} richtig, jetzt {rightNow}, Raten trifft {chance}. Das ist eine gelernte Gewichtsmatrix: Zahlen, die als Zufall begannen und geschubst wurden, bis die Antworten stimmten.",
    fromLearn: "Du weißt jetzt, dass solche Zahlen gelernt werden. Sieh dabei zu:",
  },

  exports: {
    changed: (what) => `geändert: ${what}`,
    ownPatches:
      "Die Schichten dieses Modells haben eigene Bildfelder: JSON und CSV enthalten, worauf das gewählte Feld schaut; eine Seite mit allen Köpfen macht: heed BILD --format html",
    title: "Speichern und teilen",
    picture: "Bild",
    sentence: "der Satz",
    patches: "das Bild",
    everyHead: "das Bild, jeder Kopf",
    head: "der ganze Kopf",
    shape: "Form",
    fit: "wie es ist",
    wide: "16:9, für eine Folie",
    size: "Größe",
    copyPicture: "Bild kopieren",
    copyLink: "Link kopieren",
    page: "Seite",
    experiment: "Experiment",
    print: "Drucken",
    copied: "Kopiert.",
    saved: (name) => `Gespeichert als ${name}.`,
    notCopied: (name) => `Dieser Browser kopiert keine Bilder: gespeichert als ${name}.`,
    tooLong: "Das ist zu viel für einen Link. Speichere es als Experiment-Datei.",
    noChanges:
      "Hier ist nichts geändert: Ein Experiment ist eine Liste von Änderungen. Den Rest trägt ein Link.",
    waiting: "Bereit, sobald das Modell geantwortet hat.",
    failed: (reason) => `Das hat nicht geklappt: ${reason}`,
  },
};
