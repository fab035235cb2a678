#include "pulmo.h"

#include <JavaScriptCore/JavaScript.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A function of the bytes of the core and of the model. Calls the exports that docs/model-file.md lists. */
static const char HOST[] =
    "(function (core, file) {"
    "  let module;"
    "  try {"
    "    module = new WebAssembly.Module(core);"
    "  } catch (error) {"
    "    throw Error('pulmo-infer.wasm cannot be compiled here: ' + error.message);"
    "  }"
    "  const wasm = new WebAssembly.Instance(module).exports;"
    "  if (wasm.version() !== 1) throw Error('pulmo-infer.wasm has another version than this host');"
    "  const text = (at, length) => {"
    "    if (length > 2 ** 20) throw Error('a text of the model is too long');"
    "    const bytes = Array.from(new Uint8Array(wasm.memory.buffer, at >>> 0, length));"
    "    return decodeURIComponent(bytes.map((byte) => '%' + byte.toString(16).padStart(2, '0')).join(''));"
    "  };"
    "  const check = (failed) => {"
    "    if (failed) throw Error(text(wasm.lastError(), wasm.lastErrorLength()));"
    "  };"
    "  const put = (bytes, at) => new Uint8Array(wasm.memory.buffer).set(new Uint8Array(bytes), at >>> 0);"
    "  const address = wasm.alloc(file.byteLength);"
    "  if (address === 0) throw Error('there is not enough memory for the model');"
    "  put(file, address);"
    "  check(wasm.loadModel(address, file.byteLength));"
    "  const metadata = text(wasm.metadata(), wasm.metadataLength());"
    "  const { classes } = JSON.parse(metadata);"
    "  if (!Array.isArray(classes) || classes.length !== 2) throw Error('the file does not name two classes: export it again');"
    "  const [negative, positive] = classes;"
    "  let broken = false;"
    "  const predict = (pixels, width, height, channels) => {"
    "    if (broken) throw Error('the model has failed before: close it');"
    "    const place = wasm.image(width, height, channels);"
    "    check(place === 0);"
    "    put(pixels, place);"
    "    broken = true;" /* if the engine traps, on a malicious file */
    "    const failed = wasm.predict();"
    "    broken = false;"
    "    check(failed);"
    "    return { probability: wasm.probability(), logOdds: wasm.logOdds(), unusual: wasm.unusual() };"
    "  };"
    "  return { metadata, negative, positive, threshold: wasm.threshold(), predict };"
    "})";

#define MOST_PIXELS 100000000

struct pulmo_model {
  JSContextGroupRef group;
  JSGlobalContextRef context;
  JSObjectRef host; /* what HOST returns */
  char *metadata;
  char *classes[2];
  double threshold;
};

static void fail(pulmo_error *error, const char *what, const char *why) {
  snprintf(error->text, sizeof error->text, "%s%s%s", what, why[0] ? ": " : "", why);
}

/* The bytes of a file, for the caller to free; NULL if it cannot be read. */
static uint8_t *read_file(const char *path, size_t *size, pulmo_error *error) {
  uint8_t *bytes = NULL;
  long length = -1;
  errno = 0;
  FILE *file = fopen(path, "rb");
  if (file && fseek(file, 0, SEEK_END) == 0) length = ftell(file);
  if (length > 0 && length <= INT32_MAX && fseek(file, 0, SEEK_SET) == 0) {
    bytes = malloc((size_t)length);
    if (bytes && fread(bytes, 1, (size_t)length, file) != (size_t)length) {
      free(bytes);
      bytes = NULL;
    }
  }
  if (!bytes) fail(error, path, errno ? strerror(errno) : "the file is empty or too large");
  if (file) fclose(file);
  *size = (size_t)length;
  return bytes;
}

/* For the caller to free. */
static char *utf8_of(JSContextRef context, JSValueRef value) {
  JSStringRef string = JSValueToStringCopy(context, value, NULL);
  size_t size = string ? JSStringGetMaximumUTF8CStringSize(string) : 1;
  char *text = calloc(size, 1);
  if (text && string) JSStringGetUTF8CString(string, text, size);
  if (string) JSStringRelease(string);
  return text;
}

static JSValueRef property(JSContextRef context, JSObjectRef object, const char *name) {
  JSStringRef key = JSStringCreateWithUTF8CString(name);
  JSValueRef value = JSObjectGetProperty(context, object, key, NULL);
  JSStringRelease(key);
  return value;
}

static double number(JSContextRef context, JSObjectRef object, const char *name) {
  return JSValueToNumber(context, property(context, object, name), NULL);
}

/* The script only reads the bytes, and only while it is called. */
static JSObjectRef buffer(JSContextRef context, const uint8_t *bytes, size_t size, JSValueRef *thrown) {
  return JSObjectMakeArrayBufferWithBytesNoCopy(context, (void *)(uintptr_t)bytes, size, NULL, NULL, thrown);
}

/* Sets the error to the message of what was thrown. */
static void tell(JSContextRef context, const char *what, JSValueRef thrown, pulmo_error *error) {
  char *why = NULL;
  if (thrown && JSValueIsObject(context, thrown))
    why = utf8_of(context, property(context, JSValueToObject(context, thrown, NULL), "message"));
  fail(error, what, why ? why : "JavaScriptCore failed");
  free(why);
}

static int start(pulmo_model *model, const uint8_t *core, size_t core_size, const uint8_t *file, size_t file_size,
                 const char *path, pulmo_error *error) {
  JSContextRef context = model->context;
  JSValueRef thrown = NULL, made = NULL, arguments[2] = {NULL, NULL};
  JSStringRef source = JSStringCreateWithUTF8CString(HOST);
  JSValueRef host = JSEvaluateScript(context, source, NULL, NULL, 0, &thrown);
  JSStringRelease(source);
  if (host) arguments[0] = buffer(context, core, core_size, &thrown);
  if (arguments[0]) arguments[1] = buffer(context, file, file_size, &thrown);
  if (arguments[1]) made = JSObjectCallAsFunction(context, (JSObjectRef)host, NULL, 2, arguments, &thrown);
  if (!made) {
    tell(context, path, thrown, error);
    return 0;
  }
  model->host = (JSObjectRef)made;
  JSValueProtect(context, model->host);
  model->metadata = utf8_of(context, property(context, model->host, "metadata"));
  model->classes[0] = utf8_of(context, property(context, model->host, "negative"));
  model->classes[1] = utf8_of(context, property(context, model->host, "positive"));
  model->threshold = number(context, model->host, "threshold");
  if (model->metadata && model->classes[0] && model->classes[1]) return 1;
  fail(error, path, "there is not enough memory for the model");
  return 0;
}

pulmo_model *pulmo_open(const char *core, const char *file, pulmo_error *error) {
  size_t core_size, file_size = 0;
  int done = 0;
  uint8_t *core_bytes = read_file(core, &core_size, error);
  uint8_t *file_bytes = core_bytes ? read_file(file, &file_size, error) : NULL;
  pulmo_model *model = file_bytes ? calloc(1, sizeof *model) : NULL;
  if (model) {
    model->group = JSContextGroupCreate();
    model->context = JSGlobalContextCreateInGroup(model->group, NULL);
    done = start(model, core_bytes, core_size, file_bytes, file_size, file, error);
  } else if (file_bytes) {
    fail(error, file, "there is not enough memory for the model");
  }
  free(core_bytes);
  free(file_bytes);
  if (done) return model;
  pulmo_close(model);
  return NULL;
}

int pulmo_predict(pulmo_model *model, const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels,
                  pulmo_score *score, pulmo_error *error) {
  JSContextRef context = model->context;
  JSValueRef thrown = NULL, found = NULL;
  /* The core checks the size, too; here the product must fit. */
  if (channels > 3 || (uint64_t)width * height > MOST_PIXELS) {
    fail(error, "the image has more than 100 million pixels or more than 3 channels", "");
    return 0;
  }
  JSObjectRef bytes = buffer(context, pixels, (size_t)width * height * channels, &thrown);
  JSValueRef arguments[4] = {bytes, JSValueMakeNumber(context, width), JSValueMakeNumber(context, height),
                             JSValueMakeNumber(context, channels)};
  if (bytes) {
    JSObjectRef predict = (JSObjectRef)property(context, model->host, "predict");
    found = JSObjectCallAsFunction(context, predict, NULL, 4, arguments, &thrown);
  }
  if (!found) {
    tell(context, "the image cannot be scored", thrown, error);
    return 0;
  }
  score->probability = number(context, (JSObjectRef)found, "probability");
  score->log_odds = number(context, (JSObjectRef)found, "logOdds");
  score->unusual = number(context, (JSObjectRef)found, "unusual");
  score->positive = score->probability > model->threshold;
  return 1;
}

const char *pulmo_class(const pulmo_model *model, int positive) { return model->classes[positive ? 1 : 0]; }

double pulmo_threshold(const pulmo_model *model) { return model->threshold; }

const char *pulmo_metadata(const pulmo_model *model) { return model->metadata; }

void pulmo_close(pulmo_model *model) {
  if (!model) return;
  if (model->host) JSValueUnprotect(model->context, model->host);
  JSGlobalContextRelease(model->context);
  JSContextGroupRelease(model->group);
  free(model->metadata);
  free(model->classes[0]);
  free(model->classes[1]);
  free(model);
}
