package backend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// petRecord is a pet as the store's own service calls it. The API in front of it uses other
// names: its mapping templates translate.
type petRecord struct {
	ID    int     `json:"petId"`
	Name  string  `json:"petName"`
	Kind  string  `json:"kind"`
	Price float64 `json:"price"`
}

// maxPet is the largest body that describes a pet, in bytes.
const maxPet = 64 << 10

// petStore keeps pets in memory.
type petStore struct {
	mu     sync.Mutex
	pets   []petRecord // by id
	nextID int
}

// newPetStore returns a pet store with three pets in it. Below /echo it is an echo.
func newPetStore() http.Handler {
	s := &petStore{nextID: 4, pets: []petRecord{
		{ID: 1, Name: "Rex", Kind: "dog", Price: 249.99},
		{ID: 2, Name: "Tom", Kind: "cat", Price: 124.5},
		{ID: 3, Name: "Nemo", Kind: "fish", Price: 0.99},
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pets", s.list)
	mux.HandleFunc("POST /pets", s.create)
	mux.HandleFunc("GET /pets/{id}", s.withPet(s.get))
	mux.HandleFunc("PUT /pets/{id}", s.withPet(s.replace))
	mux.HandleFunc("DELETE /pets/{id}", s.withPet(s.remove))
	mux.Handle("/echo/", newEcho())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, http.StatusNotFound, "no_such_page", "nothing is at "+r.URL.Path)
	})
	return mux
}

// list answers with the pets, those of one kind where ?kind= names it, at most ?limit= of them.
func (s *petStore) list(w http.ResponseWriter, r *http.Request) {
	kind, limit := r.URL.Query().Get("kind"), -1
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			writeProblem(w, http.StatusBadRequest, "bad_limit", "limit is no number: "+text)
			return
		}
		limit = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []petRecord{}
	for _, p := range s.pets {
		if (kind == "" || p.Kind == kind) && (limit < 0 || len(found) < limit) {
			found = append(found, p)
		}
	}
	writeJSON(w, http.StatusOK, found)
}

func (s *petStore) create(w http.ResponseWriter, r *http.Request) {
	p, ok := readPet(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.ID = s.nextID
	s.nextID++
	s.pets = append(s.pets, p)
	w.Header().Set("Location", "/pets/"+strconv.Itoa(p.ID))
	writeJSON(w, http.StatusCreated, p)
}

// withPet finds the pet that the path names and calls handle, with the store locked.
func (s *petStore) withPet(handle func(w http.ResponseWriter, r *http.Request, at int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		s.mu.Lock()
		defer s.mu.Unlock()
		at := slices.IndexFunc(s.pets, func(p petRecord) bool { return strconv.Itoa(p.ID) == id })
		if at < 0 {
			writeProblem(w, http.StatusNotFound, "no_such_pet", "there is no pet "+id)
			return
		}
		handle(w, r, at)
	}
}

func (s *petStore) get(w http.ResponseWriter, _ *http.Request, at int) {
	writeJSON(w, http.StatusOK, s.pets[at])
}

func (s *petStore) replace(w http.ResponseWriter, r *http.Request, at int) {
	p, ok := readPet(w, r)
	if !ok {
		return
	}
	p.ID = s.pets[at].ID
	s.pets[at] = p
	writeJSON(w, http.StatusOK, p)
}

func (s *petStore) remove(w http.ResponseWriter, _ *http.Request, at int) {
	s.pets = slices.Delete(s.pets, at, at+1)
	w.WriteHeader(http.StatusNoContent)
}

// readPet reads the pet that a request describes; where it is none it answers and reports false.
func readPet(w http.ResponseWriter, r *http.Request) (petRecord, bool) {
	var p petRecord
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxPet))
	if err := decoder.Decode(&p); err != nil {
		writeProblem(w, http.StatusBadRequest, "no_json", err.Error())
		return p, false
	}
	switch {
	case strings.TrimSpace(p.Name) == "":
		writeProblem(w, http.StatusUnprocessableEntity, "no_name", "a pet needs a petName")
	case p.Price < 0:
		writeProblem(w, http.StatusUnprocessableEntity, "bad_price", fmt.Sprintf("%g is no price", p.Price))
	default:
		return p, true
	}
	return p, false
}
