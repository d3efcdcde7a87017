import { pluralsOf } from "./plural.ts";
import type { Translation } from "./words.ts";

const plural = pluralsOf("es");

/** All words of the page in Spanish. */
export const spanish: Translation = {
  sentence: {
    label: "La frase: toca una palabra para ver adónde mira, toca un número para fijar una palabra",
    input: "Tu frase",
    edit: "Cambiar la frase",
    look: (word) => `¿Adónde mira «${word}»?`,
    weight: (word, weight) => `«${word}» recibe ${weight}: fijarla`,
    pin: (word) => `Fijar «${word}»`,
    swap: (from, to) => `Escribir «${to}» en lugar de «${from}»`,
  },

  picture: {
    taps: "Un toque elige el parche",
    looks: "que mira",
    compared: "para comparar",
    plain: "sin colores",
    patch: (place) => `parche ${place}`,
    unpin: (patch) => `Soltar ${patch}`,
    choose: "Elegir una imagen",
    another: "Otra imagen",
    drop: "Este modelo lee imágenes. Suelta una aquí: PNG, JPEG o WebP. Se queda en este ordenador.",
    missing: (name) =>
      `El enlace trata de una imagen, «${name}». Las imágenes no caben en un enlace: elígela aquí.`,
    failed: (reason) => `Esta imagen no se puede mostrar: ${reason}`,
    noReader: (model) =>
      `${model} lee textos, no imágenes. Carga un modelo que las lea: google/vit-base-patch16-224.`,
    linkWithout: (name) =>
      `Copiado. La imagen no cabe en un enlace: quien lo abra elige allí «${name}».`,
    beforeAfter: "Con imágenes se compara antes y después de tus cambios.",
    legend: {
      weight: "peso",
      gives: (shares, together) =>
        `da ${[...shares, `a todos los parches juntos ${together}`].join(", ")}`,
      merged: (layer, rows, columns) =>
        `La capa ${layer} tiene ${rows} × ${columns} parches: los vecinos se han unido.`,
      reach: (seen, all) => `Ve ${seen} de ${all}, los de su ventana; los demás están rayados.`,
    },
  },

  ofPicture: {
    drawn: {
      headMap: "Mapa de la cabeza: las flechas eligen el parche que mira y el parche mirado",
    },
    first: {
      hint: (head, layer, number, all) =>
        `${head} es la cabeza ${number} de la capa ${layer}, una de las ${all} maneras en que mira este modelo.`,
      headGridPlain: "Las filas son capas. Fija un parche para ver qué cabezas lo miran.",
      nothing: (patch) => `«${patch}» no tiene otro parche al que mirar.`,
    },
    steps: {
      notEmbedding: (layers) =>
        `Aquí x no es el embedding del parche, sino lo que ${layers} hicieron de él.`,
      isEmbedding:
        "En la primera capa, x sale solo de dos cosas: lo que muestra un parche, a través de una matriz aprendida, y dónde está; [CLS] no muestra nada, sus números son aprendidos. Casi lo que dibujan los artículos.",
      element: {
        moreTokens: "Parches más, menos mirados: {count}",
        fewerTokens: "Menos parches",
        keysOfAll: "k de cada parche: por lo que se lo encuentra",
        valuesOfAll: "v de cada parche: lo que entrega",
        productsOfAll: "q ∘ k de cada parche, y su suma",
        carried: "peso · v de cada parche, y su suma",
      },
    },
    change: {
      tools: { word: "Un parche" },
      linkIntro: "En {head}, {query} mira a estos parches. Arrastra un peso o corta un enlace.",
      showAll: (count) => `Mostrar los ${count} parches`,
      by: { mean: "la media de los tokens de esta imagen" },
      allWords: "todos los parches",
      wordIntro: "Enmascara un parche para todo el modelo.",
      wordLabel: "Qué parche",
      maskLooks: "ningún parche puede mirarlo, en ninguna cabeza",
      swapIntro: "Pon lo que tiene un parche en el lugar de lo que tiene otro.",
      noSelf: "Elige otro parche",
      saidHidden: (key) => `ningún parche mira a «${key}»`,
      station: { sentence: "vector de la imagen" },
      why: (heads, one, count, all, vector) =>
        `Por qué: la salida de ${heads} giró ${one}, pero es una de ${count} cabezas, que juntas giraron ${all}; y se suman a lo que el parche ya tenía, que giró ${vector}.`,
    },
    heads: {
      loading: "Las cabezas aparecen cuando el modelo ha mirado la imagen.",
      intro: (count) =>
        `Este modelo mira la imagen con ${count} cabezas. Cada una mira a su manera. Toca una cabeza para abrirla.`,
      says: {
        pattern:
          "La imagen como la pondera cada cabeza: cuanto más claro un parche, más atención recibe.",
        entropy: (query) =>
          `Cómo reparte ${query} su atención (entropía, en nats): 0 es toda en un parche, más es más repartida.`,
        distance: (query) =>
          `A qué distancia de ${query} están, en promedio, los parches a los que mira: 1 es un parche al lado.`,
        special: (query) =>
          `Cuánta de su atención da ${query} a tokens que no son parches, como [CLS].`,
      },
      mostly: (does) => `En todos los parches de esta imagen, sobre todo ${does}.`,
      linksLabel: "Enlaces más fuertes de la cabeza: elige uno para fijar sus parches",
      linksNone: "Aquí ningún parche mira a otro.",
    },
    menu: { compare: "Comparar antes y después" },
    learn: {
      doesNotHold:
        "El recorrido trata de una frase, y este modelo mira imágenes. El modelo que viene con esta página lee frases.",
    },
    compare: {
      alike: "Cuánto se parecen los dos parches",
      intro: "La imagen antes y después de tus cambios: mira qué cambia, y dónde.",
      before: "Antes y después",
      chooseWord: (where) => `${where}: toca un parche para compararlo`,
      word: "parche",
      leftOut: (count) => `Parches omitidos, los de menor diferencia: ${count}.`,
      headsSays:
        "La parte de la atención de una cabeza que en la segunda va a otros parches: 0 es lo mismo, 1 es todo a otra parte.",
    },
  },

  drawn: {
    headMap: "Mapa de la cabeza: las flechas eligen la palabra que mira y la palabra mirada",
    larger: "Celdas más grandes",
    smaller: "Celdas más pequeñas",
    picture:
      "La imagen: las flechas eligen el parche que mira, Escape el token anterior a los parches",
    weight: "peso",
    scale: "Escala de colores de los pesos, de 0 a 1",
    hidden: "no se puede mirar",
    unreached: "fuera de su alcance",
    patch: (place) => `parche ${place}`,
    inHead: (said, head) => `${said} en ${head}`,
    looks: (query) => `qué mira ${query}`,
    most: (key, weight) => `sobre todo ${key}, ${weight}`,
  },

  sound: {
    label: "El sonido: toca un instante o muévete con las flechas",
    taps: "Un toque elige el instante",
    looks: "que mira",
    compared: "para comparar",
    tapPins: "Un toque fija el instante que se mira",
    unpin: (moment) => `Soltar ${moment}`,
    choose: "Elegir un sonido",
    another: "Otro sonido",
    drop: "Este modelo escucha. Suelta aquí un sonido: WAV, o lo que este navegador reproduzca. Se queda en este ordenador.",
    missing: (name) =>
      `El enlace trata de un sonido, «${name}». Los sonidos no caben en los enlaces: elígelo aquí.`,
    failed: (reason) => `Este sonido no se puede escuchar: ${reason}`,
    noReader: (model) =>
      `${model} no escucha nada. Carga un modelo que lo haga: openai/whisper-tiny.`,
    noSound: (name) => `«${name}» no es un sonido.`,
    linkWithout: (name) =>
      `Copiado. El sonido no cabe en un enlace: quien lo abra elegirá allí «${name}».`,
    shows:
      "Arriba, los rasgos log-mel que recibió el modelo, los tonos graves abajo; el silencio que los completa está rayado. Debajo, los pesos, el mayor tan alto como el espacio.",
    cut: (read, whole) =>
      `El modelo lee ${read} s de una vez: de ${whole} s se escucha el principio.`,
    whole: (seconds, read) => `${seconds} s de sonido; el modelo lee ${read} s de una vez.`,
    byHeed: "Decodificado por heed: las mismas muestras que en Python.",
    byBrowser: (rate) =>
      `Decodificado por este navegador y remuestreado a ${rate} muestras por segundo: las últimas cifras pueden diferir en otro. Un archivo WAV de esa frecuencia lo decodifica heed.`,
    resampled: (from, to) =>
      `Este archivo tiene ${from} muestras por segundo y el modelo lee ${to}: este navegador lo ha remuestreado a su manera, y las últimas cifras pueden diferir en otro.`,
    moments: (count) => `${count} instantes`,
    hearing: "Un momento: el modelo está escribiendo lo que se dice.",
    times: "Se dice:",
    timesLabel: "Lo que se dice, con tiempos: elige una palabra para fijar su comienzo",
    pinWord: (word) => `Fijar el instante en que empieza «${word}»`,
    noTimes:
      "Los archivos de este modelo no dicen qué cabezas siguen el sonido, así que sus palabras no tienen tiempos.",
    otherTokens:
      "Al volver a leerlo, este texto tiene otros tokens que los que escribió el modelo.",
  },

  ofSound: {
    always: {
      picture: { beforeAfter: "De los sonidos se comparan el antes y el después de tus cambios." },
      parts: {
        encoder: "Escucha",
        cross: "Escritura → escucha",
        says: {
          encoder:
            "Este modelo escucha un sonido y escribe un texto. Aquí está lo que escucha: cada instante mira a los demás (codificador).",
          cross:
            "Aquí lo que ha escrito, arriba, mira a lo que ha escuchado, abajo (atención cruzada).",
        },
      },
      menu: { compare: "Comparar antes y después" },
      learn: {
        doesNotHold:
          "El recorrido trata de una frase, y este modelo escucha sonidos. El modelo que viene con esta página lee frases.",
      },
      heads: {
        loading: "Las cabezas aparecen cuando el modelo ha escuchado el sonido.",
        intro: (count) =>
          `Este modelo escucha el sonido con ${count} cabezas. Cada una mira a su manera. Toca una cabeza para abrirla.`,
      },
      compare: {
        intro: "El sonido antes y después de tus cambios: mira qué cambia y dónde.",
        before: "Antes y después",
      },
    },
    heard: {
      drawn: {
        headMap: "Mapa de la cabeza: las flechas eligen el instante que mira y el instante mirado",
      },
      first: {
        hint: (head, layer, number, all) =>
          `${head} es la cabeza ${number} de la capa ${layer}, una de las ${all} maneras en que mira este modelo.`,
        headGridPlain: "Las filas son capas. Fija un instante para ver qué cabezas lo miran.",
        nothing: (moment) => `«${moment}» no tiene otro instante al que mirar.`,
      },
      steps: {
        notEmbedding: (layers) =>
          `Aquí x no es el embedding del instante, sino lo que ${layers} han hecho de él.`,
        isEmbedding:
          "En la primera capa x se hace solo de dos cosas: cómo suena un instante, a través de dos convoluciones aprendidas, y cuándo es.",
        element: {
          moreTokens: "Parches más, menos mirados: {count}",
          fewerTokens: "Menos instantes",
          keysOfAll: "k de cada instante: por lo que se lo encuentra",
          valuesOfAll: "v de cada instante: lo que entrega",
          productsOfAll: "q ∘ k de cada instante, y su suma",
          carried: "peso · v de cada instante, y su suma",
        },
      },
      change: {
        tools: { word: "Un instante" },
        linkIntro: "En {head}, {query} mira a estos instantes. Arrastra un peso o corta un enlace.",
        showAll: (count) => `Mostrar los ${count} instantes`,
        allWords: "todos los instantes",
        wordIntro: "Oculta un instante, para todo el modelo.",
        wordLabel: "Qué instante",
        maskLooks: "ningún instante puede mirarlo, en ninguna cabeza",
        swapIntro: "Pon lo que tiene un instante en el lugar de lo que tiene otro.",
        noSelf: "Elige otro instante",
        by: { mean: "la media de los tokens de este sonido" },
        saidHidden: (key) => `ningún instante mira a «${key}»`,
        why: (heads, one, count, all, vector) =>
          `Por qué: la salida de ${heads} giró ${one}, pero es una de ${count} cabezas, que juntas giraron ${all}; y se suman a lo que el instante ya tenía, que giró ${vector}.`,
      },
      compare: {
        alike: "Cuánto se parecen los dos instantes",
        word: "instante",
        chooseWord: (where) => `${where}: toca un instante para compararlo`,
        leftOut: (count) => `Parches omitidos, los de menor diferencia: ${count}.`,
        headsSays:
          "La parte de la atención de una cabeza que en la segunda va a otros instantes: 0 es lo mismo, 1 es todo a otra parte.",
      },
      heads: {
        linksNone: "Aquí ningún instante mira a otro.",
        says: {
          entropy: (query) =>
            `Cómo reparte ${query} su atención (entropía, en nats): 0 es toda en un instante, más es más repartida.`,
          distance: (query) =>
            `A qué distancia de ${query} están, en promedio, los instantes a los que mira: 1 es un instante al lado.`,
        },
        mostly: (does) => `En todos los instantes de este sonido, sobre todo ${does}.`,
        linksLabel: "Enlaces más fuertes de la cabeza: elige uno para fijar sus instantes",
      },
    },
  },

  first: {
    title: "heed: mira cómo ocurre la atención",
    headChip: (head) => `${head}: elegir otra cabeza`,
    headGrid: (query, key) =>
      `Cuanto más oscuro, más mira «${query}» a «${key}» en esa cabeza. Las filas son capas.`,
    headGridPlain: "Las filas son capas. Fija una palabra para ver qué cabezas la miran.",
    headCell: (head, weight) => `${head}: ${weight}`,
    allHeads: "Todas las cabezas",
    found: (head) =>
      `En ${head}, {query} mira a {most} con {weight} de su atención, y a {next} con {nextWeight}. Todos sus pesos suman 1.`,
    foundOne: (head) => `En ${head}, {query} mira a {most} con {weight} de su atención.`,
    onlyItself: (head) =>
      `En ${head}, {query} solo puede mirarse a sí misma: toda su atención se queda ahí.`,
    looksBack: "Este modelo lee hacia delante: lo que viene después de {query} no lo puede ver.",
    leftOut:
      "Se omite {rest}, con {restWeight}: las cabezas de estos modelos descansan en la primera palabra del texto cuando no encuentran nada.",
    rests: (some, all) =>
      `${some} de ${all} cabezas dan al primer token más de la mitad de su atención: ahí descansan.`,
    hint: (head, layer, number, all) =>
      `${head} es la cabeza ${number} de la capa ${layer}, una de las ${all} maneras en que mira este modelo. Toca una palabra para ver adónde mira, un número para fijar su palabra.`,
    nothing: (word) => `«${word}» no tiene otra palabra a la que mirar.`,
    loading: "Un momento: ya llegan los primeros números.",
    noInput: "Todavía no hay nada que mostrar: elige arriba lo que lee el modelo.",
    failed: "Esto no se pudo calcular:",
    withoutChanges: "Mostrarlo sin los cambios",
    why: "¿Por qué?",
    whatIf: "¿Y si…?",
    otherHeads: "Otras cabezas",
    close: "Cerrar",
    showMe: "Enséñamelo, 6 minutos",
    notNow: "Ahora no",
    invitation: "¿Es tu primera vez? Diez paradas cortas y sabrás qué es la atención.",
    linkFrom: (version, own) =>
      `Este enlace se hizo con heed ${version}; este es heed ${own}: los números pueden diferir en sus últimas cifras.`,
    linkUnread: (part, reason) => `Del enlace se omitió «${part}»: ${reason}.`,
    linkRules: {
      oneOf: "es uno de estos: {values}",
      fileName: "es el nombre de un archivo, de 200 letras como mucho",
      model: "se escribe embedded, stories, hub:owner/name o hub:owner/name@revision",
      head: "se escribe L5H11",
      token: "es el número de un token, desde 0",
      keys: "son como mucho dos números de tokens, desde 0",
      step: "es el nombre de un paso",
      training: "es una tarea y una semilla, como world,1. Tareas: {values}",
      from: "es 0 o 1",
      language: "es una etiqueta como en",
      text: "es un texto",
      changes: "de ello no se puede leer ninguna lista de cambios ({values})",
    },
    linkBeyond: (names, layers, heads, tokens) =>
      `Del enlace se omitió ${names}: aquí hay ${layers} capas de ${heads} cabezas y ${tokens} tokens, contados desde 0.`,
  },

  says: {
    next: "Espera a continuación",
    class: "Lo toma por",
    start: "La respuesta empieza en",
    end: "La respuesta termina en",
    replaced: "Cree sustituida",
    label: (word) => `Etiqueta ${word} como`,
    hidden: (word, place) => `En lugar de ${word}, token ${place}`,
    after: (word) => `Después de «${word}» espera`,
    inPlaceOf: (word) => `En lugar de «${word}» espera`,
    write: (word) => `Escribir «${word}» al final`,
    written: "Lo que ha escrito",
    letWrite: "Dejar que escriba",
    stop: "Parar",
    anew: "Empezar de nuevo",
  },
  parts: {
    towers: "Qué parte del modelo",
    vision: "Imagen",
    text: "Texto",
    attentions: "La atención de quién",
    encoder: "Leer",
    decoder: "Escribir",
    cross: "Escribir → leer",
    looking: "Lo que ha escrito: toca lo que mira",
    says: {
      encoder:
        "Este modelo lee un texto y escribe otro. Aquí está lo que lee, que se mira a sí mismo (codificador).",
      decoder:
        "Aquí está lo que ha escrito hasta ahora, que se mira a sí mismo hacia atrás (decodificador).",
      cross: "Aquí lo que ha escrito, arriba, mira a lo que ha leído, abajo (atención cruzada).",
    },
  },
  fits: {
    title: "¿Qué tan bien encajan los textos con la imagen?",
    texts: "Textos, separados por comas",
    usual: "a cat, a dog, a house, a street",
    byItself: "Cada texto se juzga por sí solo.",
    together:
      "Los textos se reparten el 100 %: el más probable lo es más que los otros de aquí, nada más.",
    cosine: (value) => `coseno ${value}`,
    needsPicture: "Elige una imagen y este texto se compara con ella.",
  },
  loading: {
    model: (name) => `Cargando ${name}`,
    bytes: (received, total) => `${received} de ${total} MB`,
    ready: (name, layers, heads) =>
      `${name}: ${layers} ${plural(layers, { one: "capa", other: "capas" })} × ${heads} ${plural(heads, { one: "cabeza", other: "cabezas" })}`,
    tokens: (tokens, words) =>
      `${tokens} ${plural(tokens, { one: "token", other: "tokens" })}, ${words} ${plural(words, { one: "palabra", other: "palabras" })}`,
    patches: (rows, columns) => `${rows} × ${columns} parches`,
    recorded: "grabado",
    recordedWhy:
      "Estos números se grabaron antes; cuando el modelo se haya cargado, los calculará aquí",
    failed: "No se pudo cargar el modelo:",
    notRecorded:
      "Solo se grabó la primera frase. El modelo aún se está cargando: responderá a esto en cuanto esté listo.",
  },

  menu: {
    open: "Menú",
    examples: "Ejemplos",
    works: "Donde sigue el significado",
    fails: "Donde falla",
    learn: "Aprender: diez paradas",
    train: "Entrenar un modelo pequeño",
    compare: "Comparar dos frases",
    models: "Otros modelos",
    talk: "Una charla de varias vistas",
    shown: "Cómo se muestra",
    language: "Idioma",
    theme: "Colores",
    themeAuto: "como el sistema",
    themeLight: "claro",
    themeDark: "oscuro",
    notation: "Fórmulas",
    counting: "Contar",
    fromZero: "desde 0",
    fromOne: "desde 1",
    present: "Presentar: una vista llena la pantalla",
  },

  examples: {
    tired: "¿Quién puede estar cansado? it mira al gato (cat).",
    dirty: "Una sola palabra distinta, y mira a la alfombra (mat).",
    hungry: "Las alfombras no tienen hambre: otra vez el gato.",
    asleep: "Otra vez el gato.",
    sofa: "Otros nombres, y la elección cambia igual.",
    far: "Catorce palabras en medio: a la atención no le importa la distancia.",
    everyone:
      "En L5H11 todas las palabras miran a cat: que una cabeza brille no tiene por qué significar nada.",
    trophy: "Una persona sabe que es la maleta (suitcase). Esta cabeza dice el trofeo (trophy).",
    street: "Las calles son anchas, los animales no. Esta cabeza dice el animal.",
    cup: "La taza (cup) está llena. Esta cabeza dice la botella (bottle).",
    kind: "El chico (boy) es amable. Esta cabeza dice la chica (girl).",
  },

  steps: {
    title: "¿Por qué?",
    asking: "Un momento: se están calculando todos los números del camino.",
    needsModel: "Los pasos necesitan el modelo, que aún se está cargando.",
    failed: "Estos pasos no se pudieron calcular:",
    more: "Más de la respuesta",
    answer: {
      weights: (head) =>
        `En ${head}, {query} da a {first} {firstWeight} de su atención, y a {second} {secondWeight}.`,
      scores:
        "Estos pesos vienen de puntuaciones, {firstScore} para {first} y {secondScore} para {second}. {leader} va por delante con {lead}, y softmax lo convierte en {times} veces el peso.",
    },
    notEmbedding: (layers) =>
      `Aquí x no es el embedding de la palabra, sino lo que ${layers} hicieron de él.`,
    oneLayer: (layer) => `los cálculos de la capa ${layer}`,
    layers: (first, last) => `las capas ${first} a ${last}`,
    layerZero: (layer) => `Capa ${layer}: casi lo que dibujan los artículos`,
    isEmbedding:
      "En la primera capa, x sale solo de tablas: qué es {word} y dónde está. Casi lo que dibujan los artículos.",
    backTo: (head) => `Volver a ${head}`,
    phrases: {
      word: "palabra",
      words: "palabras",
      patch: "parche",
      patches: "parches",
      moment: "momento",
      moments: "momentos",
      streamIn: "x = el flujo",
      everyKey: "para cada elemento de {count} ({words}), desde su vector",
      everyKeyOther: "para cada elemento de {count} ({words}), desde el vector del codificador",
      each: "→ {size} cada vez",
      oneNumber: "{sizes} → un número por {word}",
      turned: "{sizes}, y luego girado según su posición (rotary)",
      overWriters:
        "q · k = Σ de todo lo que escribió el flujo de la clave (luego el de la consulta)",
      overPairs: "q · k = Σ de pares: token · token, token · posición, …",
      overPatches: "q · k = Σ de pares: parche · parche, parche · posición, …",
      overMoments: "q · k = Σ de pares: momento · momento, momento · posición, …",
      fromProduct: "q · k = {sum}, de {product}",
      overKeys: "sobre {count} ({words})",
      headsTimes: "{count} cabezas × {sizes}",
      ofThisHead: "{formula} de esta cabeza",
      ofThisHeadThen: "{formula} de esta cabeza · mezclado",
      mixedIs: "mezclado = {sum}",
      mixed: "mezclado",
      mixedNumber: "mezclado[{number}]",
      sumOfValues: "Σ peso · v",
      sumOfValuesTurned: "Σ v · peso",
      scoreParts: "puntuación = contenido + posición + sesgo + máscara",
      softmaxIs: "peso = e^puntuación / Σ e^puntuación",
      streamNormed: "flujo = norm(flujo + Σ cabezas + b)",
      streamAdded: "flujo = flujo + Σ cabezas + b",
      xNormed: "x = norm(flujo)",
      stream: "flujo",
      whatTold:
        "Lo que distingue a {first} de {second} se escribió en ellos antes de esta capa; las mayores partes de la ventaja vienen de {parts}.",
      whatTellsFirst: "Lo que distingue aquí a {first} de {second} es sobre todo {parts}.",
      productsTold:
        "De los {count} productos que forman q · k, {favour} favorecen a {first} y {oppose} a {second}; el mayor por sí solo es el {share}% de la ventaja: lo que cuenta es su suma.",
      productsAlike:
        "Solo por q · k, {first} y {second} son iguales: lo que los distingue está en las otras partes de la puntuación.",
      headWrites:
        "Lo que se toma de {first} es el {share}% de lo que escribe esta cabeza, y esta cabeza es el {own}% de lo que la atención suma a {query} en esta capa.",
      headWritesMore:
        "Lo que se toma de {first} es el {share}% de lo que escribe esta cabeza (lo que se toma de otros elementos ({words}) tira en sentido contrario), y esta cabeza es el {own}% de lo que la atención suma a {query} en esta capa.",
      leadParts: "La ventaja de {first} sobre {second}, {value}, parte por parte: {parts}.",
      noOther:
        "En {head}, {query} da a {first} un peso de {value}: no hay otro elemento ({word}) con que compararlo.",
      mayNotLook: "{query} no puede mirar a {key}: su puntuación es −∞ sea cual sea su clave.",
      givesTold: "En {head}, {query} da a {first} {value} de su atención, y a {second} {other}.",
      scoresTold:
        "Los pesos vienen de puntuaciones, {score} para {first} y {other} para {second}: {leader} lleva una ventaja de {value}, y softmax hace de ello {power} veces el peso.",
      pieces: "{texts} son los trozos de una palabra: los pasos siguen el primero.",
      piecesMost: "{texts} son los trozos de una palabra: los pasos siguen {first}, el más mirado.",
      patchedScores:
        "Las puntuaciones de la ejecución no son las que dan q, k y los sesgos: se cambiaron.",
      patchedWeights: "La ejecución usó otros pesos que los que da softmax: se cambiaron.",
      productsNote:
        "{favour} de los {count} productos favorecen a {first}, {oppose} a {second}. Solo cuenta su suma; cuál número es cuál no significa nada (véase el paso siguiente).",
      normsNote:
        "Las normalizaciones del camino se toman como los mapas lineales que son para las estadísticas propias de estos elementos ({words}); los sesgos aprendidos son una parte.",
      noNorm: "No hay normalización entre las partes y la puntuación.",
      grouped:
        "Las consultas están agrupadas: {count} cabezas comparten las claves y los valores de la cabeza de claves {number}.",
      nothingHidden: "{reason}, y nada se oculta aquí ({word}): la suma dividida es la puntuación",
      addsNothing: "{family} no suma nada a las puntuaciones",
      nothingAdded: "no se suma nada a los productos divididos",
      notScaled: "{family} no divide: sus puntuaciones son q · k tal cual",
      onlyToken:
        "en la capa {number} de {family} solo entra lo que es ({word}); dónde está entra al girar consultas y claves",
      onlyTokenBeside:
        "en la capa {number} de {family} solo entra lo que es ({word}); dónde está entra aparte de los productos",
      noTable: "ninguna tabla de esta ejecución lleva a la consulta",
      outside:
        "la consulta o la clave de la ejecución queda fuera de lo que W^Q y W^K pueden dar: se cambió",
      partsPatched: "las partes no suman el vector de la ejecución: se cambió",
      byDirections:
        "por direcciones singulares; los sesgos cuentan como un número más de x, que es 1",
      byPairs: "por pares; el par {number} gira más rápido",
      pair: "par {number}",
      otherNumbers: "los otros {count}",
      direction: "dirección {number} (σ {value})",
      byKeyWriters: "puntuación según qué escribió la clave",
      byPartPairs: "puntuación por parte de la consulta · parte de la clave",
      leadByQuery: "la ventaja según qué escribió la consulta",
      scoreByQuery: "la puntuación según qué escribió la consulta",
      embeddingPart: "incrustación: {part}",
      token: "token",
      position: "posición",
      type: "tipo",
      feedForward: "feed-forward de la capa {number}",
      learnedBiases: "sesgos aprendidos",
      learnedBias: "b, sesgo aprendido",
      biasOfOutput: "sesgo de W^O",
      keysNumbers: "q ∘ k, número por número",
      number: "número {number}",
      lengthsOfAll: "longitudes de todas las claves y valores",
      withAndWithout: "pesos con la división, y lo que softmax daría sin ella",
      partsOfScores: "partes de las puntuaciones",
      toWeights: "de productos a pesos",
      taken: "qué se toma de quién",
      whence: "qué de ello vino de quién",
      sharesOfChange:
        "partes del cambio, a lo largo de él; por debajo de 0 una cabeza tira en sentido contrario",
      lengths: "longitudes",
      streamBefore: "el flujo antes",
      attentionAdds: "lo que suma la atención",
      headAlone: "de eso, esta cabeza sola",
      streamAfterNormed: "el flujo después, normalizado",
      streamAfter: "el flujo después",
      about: "{name}: {count} números, longitud {value}",
      kOfWord: "k de {first}",
      vOfWord: "v de {first}",
      rest: "… {count} más",
      sum: "suma",
      difference: "diferencia",
      soFar: "hasta aquí",
      share: "parte",
      adds: "suma",
      product: "producto",
      weight: "peso",
      scaled: "dividido",
      added: "sumado",
      score: "puntuación",
      largest: "− mayor",
      without: "sin ella",
      shareOfMixed: "parte de lo mezclado",
      length: "longitud",
      content: "contenido",
      contentUnturned: "contenido, sin girar",
      contentBefore: "contenido antes de girar",
      turning: "giro",
      turningBy: "giro según la posición",
      distance: "distancia",
      bias: "sesgo",
      mask: "máscara",
      changedPart: "cambiado",
      learned: "sesgo aprendido",
    },
    element: {
      unread: "Estos pasos no se pudieron leer:",
      thisHead: "esta cabeza",
      list: "Todos los pasos",
      step: "Paso {number} de {count}",
      back: "Atrás",
      next: "Siguiente",
      leftOut: "Omitido",
      numbers: "Todos los números en una tabla",
      point: "Las barras hacia arriba son mayores que 0; las pálidas hacia abajo, menores.",
      pointBy: "Señala una, tócala o usa las flechas: aquí aparece su número.",
      folded: "{count} números, {per} por barra: el más alejado de 0.",
      foldedOf: "el más alejado de 0, del {start} al {end}",
      unfold: "Mostrar cada número",
      fold: "Plegar",
      moreTokens: "Tokens más, menos mirados: {count}",
      fewerTokens: "Menos tokens",
      pin: "Fijar {word}",
      copyLatex: "Copiar LaTeX",
      copied: "Copiado",
      notCopied:
        "El navegador no dejó copiar a esta página. El texto está seleccionado abajo: cópialo a mano.",
      sum: "suma",
      number: "número {number}",
      and: "{first} − {second}",
      handTitle: "Un número a mano",
      handSentence:
        "Una consulta se hace con sumas como esta: cada entrada por su propio peso, y todo sumado.",
      handDrag: "Arrastra una entrada y mira la suma.",
      handFormula: "suma = Σ entrada · peso  (4) · (4) → un número",
      toy: "Un juguete: estos ocho números son inventados. Todos los demás números de aquí son del modelo.",
      input: "entrada {number}",
      weight: "peso",
      reset: "Restablecer",
      unfoldHand: "Ahora el de verdad: {inputs} entradas, {outputs} sumas",
      foldHand: "Volver a las cuatro",
      realSentence:
        "Lo mismo con los números del modelo: x de {word} por una columna de W^Q. La columna iluminada da {name}.",
      lightColumn: "Toca otra barra de q para iluminar la suya.",
      tableOf: "W^Q: {rows} × {columns} números. Una rayita es un peso menor que 0.",
      productsOf: "{count} productos, sumados: {name}",
      products: "productos",
      bias: "sesgo aprendido",
      before: "{name} antes de que su posición lo gire",
      more: "{count} más",
      axes: "Los {width} ejes de una cabeza pueden girarse juntos sin cambiar ninguna puntuación, así que ningún producto «es» por sí solo una idea. Lo que no depende de los ejes:",
      byDirections: "por direcciones de W^Q · W^Kᵀ",
      bySources: "por quién lo escribió",
      open: "Abrir",
      inOrder: "En orden",
      byLead: "Primero la mayor ventaja",
      order: "Orden de los productos",
      queryOfWord: "q de {word}",
      keysOfAll: "k de cada palabra: por lo que se la encuentra",
      valuesOfAll: "v de cada palabra: lo que entrega",
      productsOfAll: "q ∘ k de cada palabra, y su suma",
      contrast: "{first} menos {second}, producto a producto",
      vectors: "Los vectores",
      with: "con la división",
      without: "sin ella",
      withoutSentence: "Sin la división, el {weight} de {first} pasaría a ser {without}.",
      mine: "Tu «¿y si…?»: los pesos propios del modelo son los que tienen contorno.",
      mineOff:
        "Arrastra una puntuación o la temperatura: un «¿y si…?» de este dibujo. Los números del modelo quedan como están.",
      temperature: "temperatura",
      scaling: "dividir entre √{width}",
      score: "puntuación",
      scoreOf: "puntuación de {word}",
      run: "modelo",
      yours: "tuyo",
      carried: "peso · v de cada palabra, y su suma",
      headsOf: "Lo que mezcló cada cabeza de la capa; esta es {head}",
      outputOf: "A través de W^O",
      mixed: "mezclado",
      written: "escrito por esta cabeza",
      streamOf: "El vector de {word}",
      streamBefore: "antes",
      streamAdded: "lo que suman todas las cabezas",
      streamAfter: "después",
      steps: {
        vector: {
          title: "x, el vector de {word}",
          sentence:
            "{word} es una lista de números: empieza en tablas aprendidas, por lo que es y por dónde está, y cada capa anterior le ha sumado lo que dice la frase de alrededor.",
        },
        query: {
          title: "q, la consulta de {word}",
          sentence:
            "Esta cabeza multiplica x por una tabla que ha aprendido, W^Q, y obtiene {width} números: lo que {word} busca.",
        },
        keys: {
          title: "k y v, la clave y el valor de cada palabra",
          sentence:
            "Cada palabra hace {width} números que dicen cómo se la puede encontrar, su clave k, y otros {width} que entrega cuando la miran, su valor v.",
        },
        products: {
          title: "q · k: ¿por qué {first}?",
          sentence:
            "La consulta se multiplica con cada clave, número a número, y los {width} productos se suman: cuanto mejor encaja una palabra con lo que se busca, mayor es su suma.",
        },
        directions: {
          title: "Lo mismo sin ejes",
          sentence:
            "Qué número es cuál no significa nada: si todas las consultas y claves se giran igual, todas las sumas quedan como están. Aquí la suma se reparte de un modo que no depende de esa elección.",
        },
        sources: {
          title: "De dónde viene la puntuación",
          sentence:
            "x es una suma de todo lo que se ha escrito en él, así que la puntuación también se puede repartir: por lo que cada palabra es y dónde está, o por quién lo escribió.",
        },
        scaled: {
          title: "La división entre √{width}",
          sentence:
            "La mayoría de los modelos dividen las sumas entre √{width}, para que las cabezas anchas no den sumas mayores que las estrechas; sin ello, la suma mayor se llevaría casi todo.",
        },
        parts: {
          title: "La puntuación, parte por parte",
          sentence:
            "Una puntuación puede tener más partes que lo bien que encajan consulta y clave: lo lejos que están las palabras, lo que la cabeza aprendió a sumar, y −∞ donde no se puede mirar a una palabra.",
        },
        softmax: {
          title: "softmax: partes de uno",
          sentence:
            "softmax convierte las puntuaciones en partes de uno: e elevado a cada una, dividido entre la suma de todas. Una puntuación mayor en 1 significa 2,7 veces más peso.",
        },
        values: {
          title: "Cada valor por su peso",
          sentence:
            "{word} toma el valor de cada palabra, tanto como dice su peso, y los suma todos.",
        },
        joined: {
          title: "Las cabezas, unidas",
          sentence:
            "Todas las cabezas de la capa hacen esto a la vez, cada una con sus propias tablas; sus resultados se ponen uno tras otro.",
        },
        output: {
          title: "W^O: lo que escribe esta cabeza",
          sentence:
            "Una última tabla, W^O, convierte el resultado otra vez en números del vector de la palabra. Cada cabeza tiene en ella sus propias filas, y por eso se sabe qué escribe cada una y de dónde viene.",
        },
        stream: {
          title: "Lo que se suma al vector",
          sentence:
            "Lo que escribieron todas las cabezas se suma al vector de {word}: con eso trabaja la siguiente parte de la capa.",
        },
      },
    },
  },

  change: {
    title: "¿Y si…?",
    intro:
      "Cambia algo dentro del modelo y volverá a calcular desde ahí. Lo que cambias está aquí; lo que resulta, al lado.",
    cause: "Lo que cambias",
    consequence: "Lo que resulta",
    tools: {
      link: "Pesos",
      head: "Una cabeza",
      layer: "Una capa",
      word: "Una palabra",
      swap: "Intercambio",
    },
    tool: "Qué se cambia",

    linkIntro: "En {head}, {query} mira a estas palabras. Arrastra un peso o corta un enlace.",
    drag: (query, key) => `Peso de «${key}» para «${query}»`,
    hidden: "no se puede mirar",
    cut: "Cortar",
    cutName: (query, key) => `Cortar «${query}» → «${key}»`,
    showAll: (count) => `Mostrar los ${count} tokens`,
    settings: "Cómo se hace",
    dragged: "Cuando se arrastra un peso",
    othersShare: "las demás se reparten el resto",
    othersKeep: "las demás conservan el suyo",
    cutHow: "Un enlace se corta",
    how: {
      before: "antes del softmax: las demás se reparten su peso",
      after: "después del softmax: su peso se pierde",
      renormalized: "después del softmax, y la fila se divide entre su suma",
    },
    cutWhere: "en",
    thisHead: (head) => `solo ${head}`,
    thisLayer: (layer) => `todas las cabezas de la capa ${layer}`,
    everywhere: "todas las cabezas de todas las capas",
    inLayers: (layers) => `todas las cabezas de la capa ${layers}`,

    headIntro: "Silencia {head}: lo que da se sustituye, mire adonde mire.",
    silence: (what) => `Silenciar ${what}`,
    layerIntro: (layer) => `Quita una parte de la capa ${layer}.`,
    part: {
      attention: "atención",
      mlp: "red feed-forward",
      both: "atención y red feed-forward",
    },
    partLabel: "Qué parte",
    partOfLayer: (part, layer) => `${part} de la capa ${layer}`,
    byLabel: "En su lugar queda",
    by: {
      zero: "cero, que un modelo quizá nunca ha visto ahí",
      mean: "la media de los tokens de esta frase",
      resample: "lo que otra frase tiene ahí",
    },
    forLabel: "para",
    allWords: "todas las palabras",
    onlyFor: (word) => `solo «${word}»`,

    wordIntro: "Enmascara una palabra para todo el modelo.",
    wordLabel: "Qué palabra",
    mask: (word) => `Enmascarar «${word}»`,
    maskHow: "Cómo",
    maskVector: "se quita su vector antes de la capa 0",
    maskLooks: "ninguna palabra puede mirarla, en ninguna cabeza",

    swapIntro: "Pon lo que tiene una palabra en el lugar de lo que tiene otra.",
    swapWhat: "Tomar",
    site: {
      k: "la clave",
      v: "el valor",
      q: "la consulta",
      mixed: "la salida",
    },
    swapOf: "de {head} en",
    swapFrom: "desde",
    swapOther: "el mismo lugar de otra frase",
    otherSentence: "Otra frase",
    swap: "Intercambiar",
    noSelf: "Elige otra palabra u otra frase",

    changes: "Tus cambios",
    none: "Todavía no hay cambios.",
    remove: (change) => `Quitar: ${change}`,
    undo: "Deshacer",
    redo: "Rehacer",
    removeAll: "Quitar todo",
    copyTypescript: "Copiar como TypeScript",
    copyCommand: "Copiar como comando",
    copyLink: "Copiar enlace",
    saveFile: "Guardar como archivo",
    copied: "Copiado",
    notCopied: "El navegador no permite copiar aquí. Selecciona esto y cópialo:",

    saidCut: (query, key, where, how) => `«${query}» → «${key}» cortado en ${where}, ${how}`,
    saidHidden: (key) => `ninguna palabra mira a «${key}»`,
    saidWeight: (query, key, head, value, rest) =>
      `«${query}» → «${key}» en ${head} puesto en ${value}; ${rest}`,
    saidSilenced: (what, by, whom) => `${what}: silencio para ${whom}; en su lugar, ${by}`,
    saidMasked: (word, by) => `vector de «${word}» quitado; en su lugar, ${by}`,
    saidSwapped: (site, heads, word, from) => `${site} de ${heads} en «${word}», tomado de ${from}`,
    fromWord: (word) => `«${word}»`,
    fromText: (text) => `la frase «${text}»`,

    waiting: "Esto necesita el modelo; aún se está cargando.",
    nothing:
      "Corta un enlace o silencia una cabeza: lo que resulta se muestra primero donde lo cambiaste, luego capa por capa y luego al final.",
    failed: "Esto no se pudo calcular:",
    at: "En {query}, los vectores se desvían de lo que eran. 0° es ningún cambio, 90° es no tener nada en común.",
    elsewhere: (word) => `Verlo en «${word}», donde se cambió`,
    station: {
      heads: (heads) => `salida de ${heads}`,
      someHeads: "salida de las cabezas",
      attention: (layer) => `salida de todas las cabezas de la capa ${layer}`,
      layer: (layer) => `vector tras la capa ${layer}`,
      final: "último vector",
      sentence: "vector de la frase",
    },
    gone: "ahora todo ceros",
    turned: (angle, cosine) => `giro de ${angle} (coseno ${cosine})`,
    turnedBeside: (angle, cosine, median, low, high) =>
      `giro de ${angle} (coseno ${cosine}); otros, ${median}, la mayoría entre ${low} y ${high}`,
    thisChange: "este cambio",
    randomMiddle: "el centro de otros de su tipo",
    randomRange: "donde están 90 de cada 100",
    comparing: "Comparándolo con otros de su tipo…",
    besides: (count, said) =>
      `Cambios de su tipo con los que se compara: ${count} (en inglés: ${said}).`,
    noControls: "No hay otros de su tipo con los que compararlo.",
    small: (what, angle, median) =>
      `Pequeño: giro de ${angle} (${what}). Entre otros de su tipo, la mitad gira ${median} o más.`,
    usual: (what, angle, median) =>
      `Intermedio: giro de ${angle} (${what}), más que la mitad de otros de su tipo (esa mitad: ${median} o menos), pero no más que casi todos.`,
    large: (what, angle, high) =>
      `Grande: giro de ${angle} (${what}). Entre otros de su tipo, 95 de cada 100 giran ${high} o menos.`,
    plain: (what, angle) => `Giro de ${angle} (${what}).`,
    why: (heads, one, count, all, vector) =>
      `Por qué: la salida de ${heads} giró ${one}, pero es una de ${count} cabezas, que juntas giraron ${all}; y se suman a lo que la palabra ya tenía, que giró ${vector}.`,
    outcomes: "Lo que dice el modelo",
    outOfReach: (what) =>
      `Sin cambios: ${what}. El cambio se hizo en la última capa, en otro token, y ahí se queda: no sigue ninguna capa en la que otros lo miren.`,
    before: "antes",
    after: "después",
    nextWord: "siguiente palabra",
    asClass: "clase",
    metric: (name, before, after) => `${name}: ${before} → ${after}`,
    foretold: (after) => `Los gradientes, que solo conocen cambios pequeños, predecían ${after}.`,
    asLarge: (count, of) =>
      plural(count, {
        one: `${count} de ${of} lo mueve tanto.`,
        other: `${count} de ${of} lo mueven tanto.`,
      }),
    here: "Donde se cambió",
    there: (word) => `En «${word}»`,
    firstGone: (where, what) => `${where}: ahora todo son ceros (${what}).`,
    firstAt: (where, what, angle) => `${where}: giro de ${angle} (${what}).`,
    firstBeside: (where, what, angle, median) =>
      `${where}: giro de ${angle} (${what}); otros de su tipo giran ${median}.`,
    numbers: (heads, word, count) => `Los ${count} números que ${heads} da a «${word}»`,
  },

  heads: {
    keep: (head) => `Conservar las líneas de ${head}`,
    keepSays: "Conserva varias cabezas para ver sus líneas juntas, cada una con su color.",
    linesSay: {
      looking: "Palabras que miran",
      lookedAt: "Palabras que son miradas",
      between: "Entre las frases",
      all: "todas",
      looks: (word) => `${word} mira a`,
      isLookedAt: (word) => `a ${word} la miran`,
      leftOut: (drawn, all) => `Aquí se dibujan las ${drawn} líneas más pesadas de ${all}.`,
    },
    title: "Otras cabezas",
    intro: (count) =>
      `Este modelo lee la frase con ${count} cabezas. Cada una mira a su manera. Toca una cabeza para abrirla.`,
    shadeBy: "Mostrar",
    measures: {
      pattern: "el patrón de cada cabeza",
      key: (key) => `mira a ${key}`,
      entropy: "qué tan repartida mira",
      distance: "qué tan lejos mira",
      first: "parte en el primer token",
      special: "parte en tokens especiales",
      silenced: "qué cambia sin ella",
      gradient: "gradiente × peso",
    },
    says: {
      pattern:
        "Las filas miran, las columnas son miradas. Más oscuro o más brillante es más, como dice la barra de abajo.",
      key: (query, key) => `Cuánta de su atención da ${query} a ${key}, en cada cabeza.`,
      entropy: (query) =>
        `Cómo reparte ${query} su atención (entropía, en nats): 0 es toda en una palabra, más es más repartida.`,
      distance: (query) =>
        `A cuántos tokens de ${query} están, en promedio, las palabras a las que mira.`,
      first: (query) =>
        `Cuánta de su atención da ${query} al primer token. Ahí descansan las cabezas de los modelos que leen hacia delante.`,
      special: (query) =>
        `Cuánta de su atención da ${query} a tokens que no son palabras, como [CLS] y [SEP].`,
      silenced:
        "Cuánto cambia el resultado cuando la cabeza no dice nada: cada cabeza se apaga una vez.",
      gradient: (query, key) =>
        `Cuánto aporta cada cabeza a que ${query} se parezca al final a ${key}: sus pesos por sus gradientes. Por debajo de 0 los mantiene separados. Predice cambios pequeños.`,
    },
    short: {
      entropy: "entropía",
      distance: "distancia",
      first: "en el primer token",
      special: "en tokens especiales",
      silenced: "cambio sin ella",
      gradient: "aporte (gradiente × peso)",
    },
    order: "Orden",
    orders: { layers: "por capa", most: "de mayor a menor", least: "de menor a mayor" },
    hideBelow: "Atenuar por debajo de",
    working: (done, of) => `${done} de ${of} cabezas probadas`,
    needsModel: "Esto necesita el modelo, que aún se está cargando.",
    loading: "Las cabezas aparecen cuando el modelo ha leído la frase.",
    failed: (reason) => `Esto no se pudo medir: ${reason}`,
    label: "Todas las cabezas: las flechas eligen una",
    unknown: "aún no se sabe",
    thePattern: "su patrón",
    rank: (rank, of) => `número ${rank} de ${of}`,
    opened: (head, layer, number) => `${head}: capa ${layer}, cabeza ${number}`,
    everyone: (some, all, key) =>
      `${some} de ${all} tokens de esta frase miran a «${key}» más que a cualquier otra cosa.`,
    most: (head, value) => `La que más: ${head}, ${value}`,
    mostly: (does) => `En todas las palabras de esta frase, sobre todo ${does}.`,
    names: {
      previous: "1 atrás",
      next: "1 delante",
      itself: "sí misma",
      duplicate: "otra vez",
      induction: "repite",
      sameWord: "palabra",
      sameToken: "igual",
      delimiter: "comas",
      punctuation: "signos",
      broad: "todo igual",
      back: (count) => `${count} atrás`,
      ahead: (count) => `${count} delante`,
      sink: (token) => token,
      sinkFirst: "el primero",
    },
    does: {
      previous: "mira al token anterior",
      next: "mira al token siguiente",
      itself: "mira a la propia palabra",
      duplicate: "mira al mismo token en otro lugar",
      induction: "mira a lo que vino después del mismo token en otro lugar",
      sameWord: "mira a otros trozos de la misma palabra",
      sameToken: "mira al mismo token del otro texto",
      delimiter: "mira a comas, puntos y signos parecidos",
      punctuation: "mira a los signos de puntuación",
      broad: "mira a casi todo por igual",
      back: (count) =>
        `mira ${count} ${plural(count, { one: "token", other: "tokens" })} hacia atrás`,
      ahead: (count) =>
        `mira ${count} ${plural(count, { one: "token", other: "tokens" })} hacia delante`,
      sink: (token) => `descansa en ${token}`,
      sinkFirst: "descansa en el primer token",
    },
    pictures: "Cómo se dibuja la cabeza",
    map: "Mapa",
    lines: "Líneas",
    links: "Enlaces más fuertes",
    linksLabel: "Enlaces más fuertes de la cabeza: elige uno para fijar sus palabras",
    linksSpecial: "con tokens especiales",
    linksRest: "con la primera palabra, donde descansan las cabezas",
    linksNone: "Aquí ninguna palabra mira a otra.",
  },

  compare: {
    title: "Comparar",
    intro: "Pon una segunda frase junto a la tuya y mira qué cambia, y dónde.",
    choose: "Qué se compara",
    sentence: "Otra frase",
    change: "Antes y después de mis cambios",
    other: "La segunda frase",
    compare: "Comparar",
    tries: "Prueba:",
    examples: {
      bank: "bank junto a un río, bank con dinero",
      tired: "tired (cansado) o dirty (sucio)",
    },
    first: "Tu frase",
    second: "La segunda frase",
    before: "Tu frase, antes y después",
    chooseWord: (where) => `${where}: toca una palabra para compararla`,
    working: "Se está leyendo la segunda frase.",
    failed: (reason) => `Esto no se pudo comparar: ${reason}`,
    needsModel: "Esto necesita el modelo, que aún se está cargando.",
    alike: "Cuánto se parecen las dos palabras",
    alikeSays: (first, second, start, end) =>
      `«${first}» y «${second}» se parecen ${start} al entrar en el modelo, y ${end} al final. 1 es lo mismo, 0 es no tener nada en común (coseno).`,
    alikeChanged: (word, start, end) =>
      `«${word}» con y sin tus cambios: parecido ${start} al entrar en el modelo, ${end} al final. 1 es lo mismo (coseno).`,
    alikeLabel: (values) => `Cuánto se parecen, desde el embedding hasta el final: ${values}`,
    embedding: "inicio",
    layer: (layer) => `L${layer}`,
    end: "final",
    looks: (head) => `Adónde mira cada una en ${head}`,
    word: "palabra",
    inFirst: "primera",
    inSecond: "segunda",
    beforeColumn: "antes",
    afterColumn: "después",
    difference: "diferencia",
    looksSays: "Azul a la izquierda: en la segunda se mira menos. Rojo a la derecha: se mira más.",
    leftOut: (count) => `Palabras omitidas, las de menor diferencia: ${count}.`,
    missing: "–",
    heads: "En qué cabezas mira a otra parte",
    headsSays:
      "La parte de la atención de una cabeza que en la segunda va a otras palabras: 0 es lo mismo, 1 es todo a otra parte.",
    elsewhere: "mira a otra parte",
  },

  models: {
    title: "Modelos",
    loads: "Se está cargando un modelo.",
    now: (name, type, backend) => `Ahora: ${name} (${type}), calculado con ${backend}.`,
    embedded: "Volver al modelo que viene con esta página",
    stories: "heed-stories, que escribe pequeñas historias (viene incluido, 4 MB)",
    hub: "Del hub",
    id: "Nombre: dueño/nombre",
    revision: "Revisión",
    token: "Token de acceso, para los modelos que lo piden",
    load: "Cargar",
    hubSays:
      "Los archivos vienen de huggingface.co a este navegador y se guardan aquí. Un token de acceso solo va al hub y se olvida al cerrar la página.",
    files: "Tus propios archivos",
    drop: "Suelta aquí la carpeta de un checkpoint: config.json, los pesos (.safetensors o .bin), el tokenizador. Se quedan en este ordenador.",
    pickFolder: "Elegir una carpeta",
    pickFiles: "Elegir archivos",
    kept: "Guardado en este navegador",
    nothingKept: "Todavía nada.",
    size: (megabytes) => `${megabytes} MB`,
    remove: "Quitar",
    removeNamed: (name) => `Quitar ${name}`,
    removed: (name) => `Se quitó ${name}.`,
    linkOfFiles: (name) =>
      `El enlace nombra archivos («${name}») que están en otro ordenador. Suéltalos en Otros modelos.`,
    planner: {
      title: "Lo que necesitan los modelos",
      says: "No se lee ningún peso: la pasada de cada modelo se registra a partir de sus dimensiones y se cuenta.",
      waits: "Contando …",
      failed: "Esto no se pudo contar:",
      memoryOf: (name) => `Memoria de una pasada: ${name}`,
      load: (name) => `Cargar ${name}`,
      backTo: (name) => `Volver a ${name}`,
      upTo: "Hasta, en tokens",
      tokens: "tokens",
      pictures: "imágenes a la vez",
      at: (count, axis) => `Con ${count} (${axis}):`,
      lines: {
        float32: "pesos en float32",
        float16: "pesos en float16",
        int8: "pesos en int8",
        attention: "todos los pesos de atención",
      },
      legend:
        "Las tres primeras son los pesos aprendidos guardados en ese tipo, más lo que una pasada tiene como máximo a la vez y, donde se genera texto, las claves y los valores que se conservan (ambos en float32). La última es lo que cuesta además conservar cada peso de atención de todas las capas y cabezas.",
      numbers: "Los números",
      known: (models, families) => `Modelos conocidos: ${models}, de ${families} familias`,
      kinds: {
        decoder: "Los decodificadores siguen escribiendo: cada token ve los anteriores",
        encoder: "Los codificadores leen: cada token los ve todos",
        both: "Codificadores y decodificadores: se lee un texto entero y se escribe otro",
        sound: "Sonido: se oye medio minuto y se escribe texto",
        images: "Imágenes: los parches se ven entre sí",
        towers: "Imágenes y textos: dos torres se encuentran en un espacio",
      },
      columns: {
        model: "modelo",
        parameters: "parámetros",
        layers: "capas",
        heads: "cabezas × ancho",
        longest: "máximo",
        here: "heed",
      },
      any: "cualquiera",
      runs: "lo ejecuta",
      counted: "solo lo cuenta",
      verified: (passes, sites, difference) =>
        `${passes} ${plural(passes, { one: "pasada registrada", other: "pasadas registradas" })} en PyTorch, comparadas en ${sites} sitios: difieren como mucho en ${difference} del valor mayor`,
      notVerified: "no comparado con PyTorch",
      unknown:
        "GPT-4 no está en la tabla: solo se publicó la longitud máxima de sus textos, así que no hay nada que contar.",
    },
  },

  learn: {
    title: "Aprender",
    waits: "El recorrido empieza cuando el modelo se ha cargado.",
    stops: "Paradas del recorrido",
    stop: (number) => `Parada ${number}`,
    back: "Atrás",
    next: "Siguiente",
    know: "Lo que ya sabes:",
    failed: "Los números de esta parada no se pudieron calcular:",
    doesNotHold:
      "Con este modelo no se cumple lo que cuenta esta parada. Elige all-MiniLM-L6-v2 en Otros modelos, o sigue adelante.",
    reveal: "Mostrar lo que hace el modelo",
    guessLabel: (word) => `Cuánto mira «it» a «${word}»`,
    yours: "tú",
    measured: "el modelo",
    madeUp: "inventado por un artículo, para «cat»",
    tell: "Dime dónde están",
    thisHead: (head, previous, special, cat) =>
      `${head}: en promedio las palabras dan ${previous} a la palabra anterior, ${special} a [CLS] y ${cat} a «cat».`,
    goals: {
      previous: "una cabeza donde casi cada palabra mira a la anterior",
      special: "una cabeza donde las palabras miran a [CLS], que no es ninguna palabra",
      cat: "una cabeza donde todas miran a «cat»",
    },
    stations: {
      guess: {
        title: "¿Adónde mira «it»?",
        do: "Lee la frase. Al llegar a «it», ¿en qué palabras piensas?",
        hand: "Mueve los controles: las partes que dan suman siempre 1.",
        see: "El modelo da {cat} a «cat» y {mat} a «mat». Un artículo que explicaba todo esto se inventó sus números; estos se calculan aquí.",
        know: "La atención es una fila como esta: para una palabra, cuánto toma de cada palabra. La fila suma 1. El modelo hace {rows} filas así para cada palabra; esta es una de ellas.",
        actions: {},
      },
      swap: {
        title: "Una palabra cambia la elección",
        do: "Solo cambiará una palabra de la frase.",
        hand: "Toca, y mira los números bajo «cat» y «mat».",
        see: {
          tired: "tired (cansado): cat {tiredCat}, mat {tiredMat}.",
          dirty: "dirty (sucio): cat {dirtyCat}, mat {dirtyMat}.",
          warm: "warm (caliente): cat {warmCat}, mat {warmMat}, y eso apenas es una elección.",
        },
        know: "Nadie escribió una regla como «las alfombras nunca están cansadas». La fila sale de números aprendidos, y a veces, como con «warm», no eligen.",
        actions: { tired: "it was tired", dirty: "it was dirty", warm: "it was warm" },
      },
      place: {
        title: "Una lista de números, y un lugar",
        do: "La frase tiene «the» dos veces.",
        hand: "Toca una y luego la otra: ¿miran a las mismas palabras?",
        see: {
          second:
            "No: {elsewhere} de su atención va a otra parte. Es la misma palabra, pero las listas de números con las que empiezan solo se parecen {alike}; 1 sería la misma lista.",
        },
        know: "Una palabra entra en el modelo como una lista de {width} números, su [vector|vector]: los números de lo que es, más los números de dónde está. Los trocitos que tienen uno se llaman [token|tokens], contados desde 0.",
        actions: {
          first: "el primer «the»",
          second: "el segundo «the»",
          swapped: "intercambiar «cat» y «mat»",
        },
      },
      product: {
        title: "Una suma de productos",
        do: "Abajo se hace un número: entradas por pesos, sumadas.",
        hand: "Mueve una y mira la suma.",
        see: "En el modelo se hace lo mismo con {terms} entradas, y {numbers} veces, cada vez con otros pesos.",
        know: "Esas {numbers} sumas son la [query|consulta] de «it»: lo que busca esta palabra. La tabla con todos los pesos es una [matrix|matriz], W^Q. Es aprendida: nadie eligió sus números.",
        actions: {},
      },
      key: {
        title: "Cómo se encuentra una palabra",
        do: "Cada palabra tiene también una [key|clave], hecha con otra matriz. Pon la clave de «mat» en lugar de la clave de «cat».",
        see: {
          exchange:
            "El peso de «cat» pasa de {before} a {after}: buscada por su clave, ahora se parece a «mat». Lo que se tomaría de ella no ha cambiado.",
        },
        know: "Consulta por clave, número a número y sumado, es una [score|puntuación]: lo bien que lo buscado encaja con lo ofrecido. Una clave es cómo se encuentra una palabra.",
        actions: { exchange: "dar a «cat» la clave de «mat»", back: "deshacerlo" },
      },
      softmax: {
        title: "De puntuaciones a partes",
        do: "Las puntuaciones pueden ser cualquier número; las partes deben sumar 1.",
        hand: "Quita la división, o arrastra una puntuación, y mira la fila.",
        see: "Cada puntuación se dividió entre √{width} = {root}, porque una consulta tiene {width} números. Así «cat» tiene {with}. Sin la división tendría {without}: casi todo.",
        know: "[softmax|Softmax] convierte puntuaciones en partes que suman 1. La división evita que elija una sola palabra.",
        actions: {},
      },
      value: {
        title: "Lo que se lleva",
        do: "Cada palabra tiene una tercera lista, su [value|valor]. Pon el valor de «mat» en lugar del valor de «cat».",
        see: {
          exchange:
            "El peso de «cat» sigue siendo {before}, hasta la última cifra. Pero lo que la atención suma a «it» ahora solo se parece {attention}.",
        },
        know: "Los pesos dicen de quién; un valor es lo que se lleva. Lo que recibe «it» es cada valor por su peso, sumado.",
        actions: { exchange: "dar a «cat» el valor de «mat»", back: "deshacerlo" },
      },
      heads: {
        title: "Muchas cabezas",
        do: "El modelo tiene muchas filas para cada palabra, una por [head|cabeza].",
        hand: "Abre el nombre de la cabeza sobre la frase, date una vuelta y encuentra tres:",
        see: "En {previousHead} la palabra anterior recibe {previous} en promedio, en {specialHead} [CLS] recibe {special}, en {catHead} «cat» recibe {cat}.",
        know: "Las cabezas tienen costumbres. En {catHead} todas miran a «cat», se refieran a él o no: que una cabeza brille no tiene por qué significar nada. Los [special|tokens especiales] [CLS] y [SEP] no son palabras; las cabezas miran ahí cuando no tienen nada que decir.",
        actions: {},
      },
      far: {
        title: "Lejos, de una vez, según el contexto",
        do: "Pon catorce palabras entre «cat» e «it».",
        see: {
          far: "«it» sigue dando {cat} a «cat», y {mat} a «mat». Las palabras lejanas se alcanzan en un paso, todas a la vez.",
        },
        know: "Capa a capa, cada palabra recoge su frase: «bank» junto a un río y «bank» junto al dinero empiezan pareciéndose {first} y terminan pareciéndose {last}.",
        actions: { near: "sin ellas", far: "con catorce palabras en medio" },
      },
      effect: {
        title: "Un peso no es un efecto",
        do: "Corta el bonito enlace de «it» a «cat» en esta cabeza. Luego silencia la cabeza donde todas miran a «cat». Por último, pon números al azar en lugar de la matriz que hace las queries de esta cabeza.",
        see: {
          cut: "Con el enlace cortado, el vector de la frase sigue pareciéndose {cut}.",
          silence:
            "Con esa única cabeza en silencio, la frase solo se parece {silence} a la de antes.",
          scramble:
            "Con una matriz al azar la fila se aplana: ninguna palabra recibe más de {random}; antes lo más era {learned}, y {even} sería una parte igual.",
        },
        know: "Un peso dice adónde mira una cabeza, no lo que resulta de ello. Para saber qué importa hay que cambiarlo y mirar. Y ahora sabes qué es una matriz aprendida: números, hallados en el entrenamiento, que deciden qué se busca, cómo se encuentra y qué se lleva.",
        actions: {
          cut: "cortar «it» → «cat»",
          silence: "silenciar L5H11",
          scramble: "números al azar como matriz de consultas",
          back: "deshacerlo",
        },
      },
    },
    quiz: {
      title: "Cinco preguntas",
      do: "Una frase que no has visto.",
      hand: "Responde tocándola, y la página lo comprueba: una palabra muestra adónde mira, un número fija su palabra; ⇄ cambia una palabra, y el nombre de la cabeza, arriba, lleva a otras cabezas.",
      questions: {
        look: "Trae a la pantalla la fila de «it».",
        most: "En L3H1, fija la palabra a la que más mira «it».",
        move: "Cambia una palabra para que «it» mire sobre todo a «sofa».",
        previous: "Elige una cabeza donde las palabras miren a la anterior.",
        silence: "Silencia una cabeza cuyo silencio mueva mucho la frase.",
      },
      silence: (head) => `silenciar ${head}`,
      tried: (head, likeness) =>
        `Sin ${head} el vector de la frase apenas se ha movido: su parecido con el de antes es ${likeness}. Busca otra.`,
      result: (right, of) =>
        right === of ? "Las cinco. Ya sabes leer la atención." : `${right} de ${of}`,
    },
  },

  talk: {
    title: "Una charla",
    intro:
      "Una charla es una lista de vistas. «Añadir a la charla», en el menú, añade lo que se ve, sea cual sea el panel abierto; aquí se ordenan y se guardan como una sola página que no necesita red.",
    add: "Añadir la frase tal como está",
    addView: "Añadir a la charla",
    added: (title) => `Añadida: ${title}`,
    save: "Guardar la charla como una página",
    none: "Aún no hay vistas.",
    titleOf: (number) => `Título de la vista ${number}`,
    open: "Mostrar",
    earlier: (number) => `Vista ${number} antes`,
    later: (number) => `Vista ${number} después`,
    remove: (number) => `Quitar la vista ${number}`,
    notKept:
      "Este navegador no guarda nada más: la charla dura hasta que se cierre la página. Guárdala.",
    failed: (reason) => `No se pudo añadir esta vista: ${reason}`,
    live: "en vivo",
    keys: "Las flechas o un mando pasan las vistas, f llena la pantalla",
  },

  train: {
    title: "Entrenar",
    intro:
      "Un modelo empieza como tablas de números al azar. Aquí uno pequeño aprende mientras miras: en esta página, en este ordenador.",
    anew: (name) =>
      `El enlace lleva a «${name}», un modelo que se entrenó en una página. Sus números no caben en un enlace; si se entrena de nuevo con la misma semilla, sale el mismo.`,
    task: "Qué aprende",
    tasks: {
      world: "Qué significa «it»",
      previous: "La letra anterior",
      repeat: "Lo que vuelve",
      sort: "El orden de las letras",
    },
    taskSays: {
      world:
        "«The cat sat on the mat because it was tired. What was tired? The cat.» (El gato, porque estaba cansado.) Con «dirty» (sucio) es la alfombra. Se le examina con parejas de nombres que nunca vio juntos. Quien adivina uno de los dos nombres acierta la mitad.",
      previous:
        "Cada letra debe decir la anterior. Basta una cabeza que mire una atrás. Quien adivina una de 26 letras acierta 0.04.",
      repeat:
        "Vienen letras en fila, y luego otra vez. Desde la segunda vez puede saber la siguiente. Quien adivina una de las que hay acierta un cuarto como mucho.",
      sort: "Seis letras se ponen en el orden del alfabeto. Quien adivina una de ellas acierta un sexto.",
    },
    seed: "Semilla: qué números al azar",
    start: "Entrenar",
    again: "Entrenar de nuevo",
    shape: (family, layers, heads, width, steps, batch) =>
      `${family}: ${layers} ${plural(layers, { one: "capa", other: "capas" })} de ${heads} ${plural(heads, { one: "cabeza", other: "cabezas" })}, listas de ${width} números por palabra. ${steps} pasos, cada uno con ${batch} ejemplos.`,
    numbers: (count, backend) => `Aprenden ${count} números, en ${backend}`,
    loading: "Se sacan números al azar.",
    progress: "Cuánto lleva el entrenamiento",
    step: (step, steps) => `Paso ${step} de ${steps}`,
    loss: (loss) => `pérdida ${loss}`,
    right: (share, chance) => `aciertos ${share}, adivinando ${chance}`,
    time: (time) => `${time} de entrenamiento`,
    timeLeft: (time, left) => `${time}, faltan unos ${left}`,
    pause: "Pausa",
    goOn: "Seguir",
    stop: "Terminar",
    phases: {
      training: "Se está entrenando",
      paused: "En pausa",
      stopped: "Terminado antes",
      done: "Listo",
      failed: "Falló",
    },
    spoken: (step, loss, right) => `Paso ${step}, pérdida ${loss}, aciertos ${right}`,
    failed: "Esto no funcionó:",
    storiesTitle: "Un modelo que surgió así",
    storiesIntro:
      "heed-stories, el modelo de lenguaje que viene con heed, fue entrenado por heed mismo, con pequeñas historias de una gramática propia: quién está, adónde va, quién tiene la pelota, quién está cansado. Se guardó su película.",
    storiesWatch: "Ver cómo aprendió",
    storiesOpen: "Abrirlo: escribe historias",
    film: {
      about: ({ family, layers, heads, width, seed }) =>
        `${family}, ${layers} ${plural(layers, { one: "capa", other: "capas" })} de ${heads} ${plural(heads, { one: "cabeza", other: "cabezas" })}, ancho ${width}, semilla ${seed}`,
      step: "Paso {step} de {steps}",
      right: "aciertos: {share}",
      guessing: "adivinando: {share}",
      loss: "pérdida: {loss} nats",
      slider: "Paso",
      play: "Reproducir",
      pause: "Pausa",
      course: "Cómo fue",
      courseNote:
        "Gruesa: la parte de aciertos en ejemplos que ningún paso vio. Fina: la pérdida, que el entrenamiento hace menor.",
      courseDashed: "A trazos: adivinar.",
      heads: "Todas las cabezas",
      headsChoose: "Elige una.",
      headsNote: "Cada cuadro muestra qué palabra (una fila) mira a cuál (una columna).",
      sentence: "Frase",
      head: "Cabeza {head}",
      spectrum: "1. Sus direcciones más fuertes",
      spectrumNote:
        "W^Q y W^K son tablas de números. Multiplicadas, dicen qué palabras se encuentran. Las tablas al azar tienen muchas direcciones de fuerza parecida; lo aprendido está en unas pocas fuertes. Las barras son partes de la mayor.",
      largest: "{when}, la mayor {value}",
      before: "antes",
      now: "ahora",
      words: "2. Las palabras a lo largo de ellas",
      wordsNote:
        "En cada dirección unas palabras preguntan y otras son encontradas. Al principio son cualesquiera.",
      asks: "quién pregunta",
      finds: "qué se encuentra",
      attention: "3. Adónde mira",
      attentionNote: "Una fila es la palabra que mira, una columna la mirada; más oscuro es más.",
      measures: "Qué hace",
      measure: "parte de su mirada",
      alike: "mirando a todas por igual",
    },
    askTitle: "Pregúntale",
    askIntro:
      "Elige palabras o saca una pregunta. La respuesta está debajo de la palabra que la da.",
    slots: { animal: "Quién", thing: "Dónde", adjective: "Estaba …" },
    without: "Con una cabeza cortada",
    noneCut: "ninguna cortada",
    another: "Otra pregunta",
    answer: (said, right) => `Dice ${said}. Lo correcto es: ${right}.`,
    rightOf: (right, of) => `${right} de ${of} son correctas.`,
    heldOut: "Ningún paso del entrenamiento tuvo una pregunta así.",
    learnedFrom: "Preguntas así estaban en el entrenamiento.",
    cutTitle: "Corta una cabeza y mira cómo falla",
    cutIntro:
      "Se corta una cabeza tras otra: lo que da pasa a ser cero. Después se le hacen de nuevo todas las preguntas del examen.",
    cut: "Cortar una cabeza tras otra",
    cutting: (done, of) => `${done} de ${of} …`,
    cutHead: "Cabeza cortada",
    cutRight: "Aciertos",
    cutFound: ({ head, left, whole, others, chance }) =>
      `Sin ${head} acierta ${left}; con todas las cabezas, ${whole}. Sin otra cabeza queda en ${others} (la mediana); adivinando, ${chance}: el trabajo lo hace ${head}.`,
    cutNone: ({ head, left, whole, others, chance }) =>
      `Ninguna cabeza lo hace sola: ${whole} con todas, ${left} sin ${head}, la que más falta hace, ${others} sin otra (la mediana), ${chance} adivinando.`,
    cutDashed: (answers, chance) =>
      `Partes de ${answers} respuestas. A trazos: adivinar, ${chance}.`,
    openTitle: "Ábrelo",
    openIntro:
      "El modelo entrenado pasa a ser el de la página: ¿Por qué?, ¿Y si…? y Otras cabezas muestran entonces este.",
    open: "Abrirlo",
    saveFilm: "Guardar la película como página",
    saveModel: "Guardar los archivos del modelo",
    learnedTitle: "Entonces, ¿qué es una matriz de pesos aprendida?",
    learnedMatrix:
      "W^Q · W^Kᵀ de {head} es una tabla de {width} × {width} números. Empezaron al azar (semilla {seed}): su dirección más fuerte tenía fuerza {before}, y las dos más fuertes eran {shareBefore} de ella. Después de {step} pasos su dirección más fuerte tiene fuerza {now}, y dos son {shareNow}.",
    learnedWords:
      "En la más fuerte preguntan ahora palabras como {asking}, y son encontradas palabras como {found}.",
    learned:
      "Nadie escribió estos números. Cada paso movió un poco los {parameters} números del modelo, para que las respuestas correctas fueran más probables: en la primera imagen acertaba {rightBefore}, ahora {rightNow}, adivinando {chance}. Eso es una matriz de pesos aprendida: números que empezaron al azar y fueron empujados hasta que salieron las respuestas correctas.",
    fromLearn: "Ya sabes que esos números se aprenden. Míralo ocurrir:",
  },

  exports: {
    changed: (what) => `cambiado: ${what}`,
    ownPatches:
      "Las capas de este modelo tienen parches propios: JSON y CSV contienen lo que mira el parche elegido, y una página con todas las cabezas se hace con: heed IMAGEN --format html",
    title: "Guardar y compartir",
    picture: "Imagen",
    sentence: "la frase",
    patches: "la imagen",
    everyHead: "la imagen, todas las cabezas",
    head: "la cabeza entera",
    shape: "Forma",
    fit: "tal cual",
    wide: "16:9, para una diapositiva",
    size: "Tamaño",
    copyPicture: "Copiar la imagen",
    copyLink: "Copiar el enlace",
    page: "Página",
    experiment: "Experimento",
    print: "Imprimir",
    copied: "Copiado.",
    saved: (name) => `Guardado como ${name}.`,
    notCopied: (name) => `Este navegador no copia imágenes: guardado como ${name}.`,
    tooLong: "Es demasiado para un enlace. Guárdalo como archivo de experimento.",
    noChanges:
      "Aquí no se ha cambiado nada: un experimento es una lista de cambios. Un enlace lleva lo demás.",
    waiting: "Listo en cuanto el modelo haya respondido.",
    failed: (reason) => `Esto no funcionó: ${reason}`,
  },

  terms: {
    vector:
      "Un vector es una lista de números en un orden fijo, aquí de la misma longitud para cada palabra.",
    token:
      "Un token es un trozo de texto con un número propio: casi siempre una palabra, a veces parte de una, o un signo como [CLS], que marca el comienzo.",
    query:
      "La consulta (query) de una palabra es una lista corta de números que dice qué busca esa palabra.",
    matrix: "Una matriz es una tabla de números; una lista por una matriz es otra lista.",
    key: "La clave (key) de una palabra es una lista corta de números que dice cómo se la puede encontrar.",
    score:
      "Una puntuación es un número para un par de palabras: los productos de consulta y clave, sumados.",
    softmax:
      "Softmax eleva e a cada puntuación y divide entre la suma de todas: las puntuaciones mayores reciben partes mucho mayores.",
    value:
      "El valor (value) de una palabra es una lista corta de números: lo que otras toman de ella.",
    head: "Una cabeza es un juego de consultas, claves y valores, con una fila de pesos para cada palabra. Una capa tiene varias.",
    special: "[CLS] está delante de cada texto y [SEP] detrás: son del modelo, no de la frase.",
  },
};
